"""A folder of 10,000 files that did not change, ingested and looked at again: nothing is read or decoded.

Through the service, from submission to end. The client's way is the same but for who lists the folder.
"""

import asyncio
import io
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.logs import configure_logs
from bench.ingest import PROCESSES, both
from tests.nats_process import NatsProcess
from tests.services.dataset.kitchen import dataset_kitchen

NUM_FILES = 10_000


def main() -> None:
    configure_logs(level="error", log_format="json", secrets=())
    with TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        os.environ |= {
            "BAKEHOUSE_LOG_LEVEL": "error",
            "BAKEHOUSE_STORE_URL": f"dir://{folder / 'store'}",
            "BAKEHOUSE_SOURCE_ROOTS": str(folder / "pictures"),
        }
        write_files(folder / "pictures")
        asyncio.run(ingest_twice(folder))


async def ingest_twice(folder: Path) -> None:
    store = DirectoryStore(folder / "store")
    store.create()
    nats = NatsProcess(folder / "nats")
    nats.start()
    try:
        async with (
            dataset_kitchen(nats, store, folder) as kitchen,
            kitchen.supervising(),
            kitchen.working(num_children=PROCESSES),
        ):
            for what in ("first", "again"):
                ingest_s, snapshot_s = await both(kitchen, folder / "pictures", NUM_FILES)
                print(f"{what}: {ingest_s + snapshot_s:.1f} s", end="")
                print(f" (ingest {ingest_s:.1f}, snapshot {snapshot_s:.1f})")
    finally:
        nats.stop()


def write_files(folder: Path) -> None:
    """Small pictures; each file has bytes of its own."""
    folder.mkdir()
    file = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((96, 64)).save(file, "PNG")
    for number in range(NUM_FILES):
        (folder / f"{number:05}.png").write_bytes(file.getvalue() + str(number).encode())


if __name__ == "__main__":
    main()
