"""A folder of 10,000 files that did not change, ingested and looked at again: nothing is read or decoded.

Through the service, from submission to end. The client's way is the same but for who lists the folder.
"""

import asyncio
import io
from pathlib import Path

from PIL import Image

from bench.ingest import both, service, workplace

NUM_FILES = 10_000


def main() -> None:
    with workplace() as folder:
        write_files(folder / "pictures")
        asyncio.run(ingest_twice(folder))


async def ingest_twice(folder: Path) -> None:
    async with service(folder) as kitchen:
        for what in ("first", "again"):
            ingest_s, snapshot_s = await both(kitchen, folder / "pictures", NUM_FILES)
            print(f"{what}: {ingest_s + snapshot_s:.1f} s", end="")
            print(f" (ingest {ingest_s:.1f}, snapshot {snapshot_s:.1f})")


def write_files(folder: Path) -> None:
    """Small pictures; each file has bytes of its own."""
    folder.mkdir()
    file = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((96, 64)).save(file, "PNG")
    for number in range(NUM_FILES):
        (folder / f"{number:05}.png").write_bytes(file.getvalue() + str(number).encode())


if __name__ == "__main__":
    main()
