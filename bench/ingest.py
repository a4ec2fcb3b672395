"""Ingesting 2,000 mixed pictures of 0.2 to 20 megapixels, against a plain loop in as many processes.

The loop reads each file, hashes and copies it, decodes it with Pillow, and writes what the service does: an
upright sRGB PNG where the file isn't that, a thumbnail, two hashes, sharpness. The service does it in two
jobs: `ingest` takes the files of a server's folder into the store, `snapshot` decodes them; with a queue,
leases, durable writes, checksums of PNGs, checks that a file did not change meanwhile, and tables.

`python -m bench.ingest --size 200` is for trying.
"""

import argparse
import asyncio
import hashlib
import io
import math
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.logs import configure_logs
from services.dataset.adapters.png import write_png
from services.dataset.domain.looks import DHASH_SIZE, PHASH_EDGE, dhash, phash, sharpness
from tests.nats_process import NatsProcess
from tests.service_kitchen import ServiceKitchen
from tests.services.dataset.kitchen import dataset_kitchen

NUM_PICTURES = 2000
NUM_KINDS = 40  # pictures that are drawn; the files are these with other bytes behind their end
PROCESSES = 2
LEAST, MOST = 0.2e6, 20e6  # pixels
EDGE, SMALL_EDGE = 512, 256
TURNED = 6
ORIENTATION = 0x0112
# Of 20 files; `alpha` and `turned` are those that need a PNG of their own.
MIX = ("jpeg",) * 12 + ("progressive", "turned", "png", "png", "png", "alpha", "webp", "webp")


def main(num: int = NUM_PICTURES) -> None:
    with workplace() as folder:
        paths = draw_all(folder / "pictures" / "mixed", num)
        draw_all(folder / "pictures" / "warm", 2 * PROCESSES)
        size = sum(path.stat().st_size for path in paths) / 1e6
        print(f"{num} files of {LEAST / 1e6} to {MOST / 1e6:.0f} megapixels, {size:.0f} MB", end="")
        print(f"; {PROCESSES} processes\n")
        loop_s = bare_loop(paths, folder / "loop")
        print(f"loop {loop_s:.1f} s, {num / loop_s:.1f} a second")
        asyncio.run(through_the_service(folder, num, loop_s))


def bare_loop(paths: Sequence[Path], folder: Path) -> float:
    """Seconds of the loop that anybody would write, its processes started before."""
    folder.mkdir()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        list(pool.map(partial(ingest, folder=folder), paths[: 2 * PROCESSES]))
        started = time.perf_counter()
        rows = list(pool.map(partial(ingest, folder=folder), paths, chunksize=4))
        took_s = time.perf_counter() - started
    assert len(rows) == len(paths)
    return took_s


def ingest(path: Path, folder: Path) -> dict[str, Any]:
    data = path.read_bytes()
    row: dict[str, Any] = {"digest": put(folder, data)}
    with Image.open(io.BytesIO(data)) as image:
        size, is_upright = image.size, image.getexif().get(ORIENTATION, 1) == 1
        if is_upright and image.mode == "RGB":
            times = EDGE / max(size)
            image.draft("RGB", (round(size[0] * times), round(size[1] * times)))
            image.load()
            picture: Image.Image = image
        else:
            picture = flat(ImageOps.exif_transpose(image))
            size = picture.size
            row["rendition"] = put(folder, write_png(picture))
        return row | {"size": size, **looks(folder, picture)}


def flat(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, (255, 255, 255))
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def looks(folder: Path, picture: Image.Image) -> dict[str, Any]:
    times = max(picture.size) // EDGE
    small = picture.reduce(times) if times > 1 else picture
    grey = small.convert("L")
    whole = fitted(small, EDGE)
    file = io.BytesIO()
    small.resize(fitted(small, SMALL_EDGE), Image.Resampling.HAMMING).save(file, "JPEG", quality=80)
    return {
        "thumbnail": put(folder, file.getvalue()),
        "phash": phash(np.asarray(grey.resize((PHASH_EDGE, PHASH_EDGE), Image.Resampling.LANCZOS))),
        "dhash": dhash(np.asarray(grey.resize(DHASH_SIZE, Image.Resampling.LANCZOS))),
        "sharpness": sharpness(np.asarray(grey.resize(whole, Image.Resampling.LANCZOS))),
    }


def fitted(image: Image.Image, edge: int) -> tuple[int, int]:
    times = edge / max(image.size)
    return max(1, round(image.width * times)), max(1, round(image.height * times))


def put(folder: Path, data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    (folder / digest).write_bytes(data)
    return digest


async def through_the_service(folder: Path, num: int, loop_s: float) -> None:
    """Both jobs from submission to end, with a worker whose children are warm; then again, all known."""
    async with service(folder) as kitchen:
        await both(kitchen, folder / "pictures" / "warm", 2 * PROCESSES)
        ingest_s, snapshot_s = await both(kitchen, folder / "pictures" / "mixed", num)
        again_s = sum(await both(kitchen, folder / "pictures" / "mixed", num))
    took_s = ingest_s + snapshot_s
    print(f"service {took_s:.1f} s, {num / took_s:.1f} a second", end="")
    print(f": ingest {ingest_s:.1f} s, snapshot {snapshot_s:.1f} s")
    print(f"ratio {loop_s / took_s:.2f}")
    print(f"again, nothing changed: {again_s:.1f} s")


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder with room for a store, whose `pictures` the service may read."""
    configure_logs(level="error", log_format="json", secrets=())
    with TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        os.environ |= {
            "BAKEHOUSE_LOG_LEVEL": "error",
            "BAKEHOUSE_STORE_URL": f"dir://{folder / 'store'}",
            "BAKEHOUSE_SOURCE_ROOTS": str(folder / "pictures"),
        }
        yield folder


@asynccontextmanager
async def service(folder: Path) -> AsyncIterator[ServiceKitchen]:
    """The dataset service over a store in `folder`, with a worker of `PROCESSES` children."""
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
            yield kitchen
    finally:
        nats.stop()


async def both(kitchen: ServiceKitchen, path: Path, num: int) -> tuple[float, float]:
    started = time.perf_counter()
    source = {"type": "folder", "path": str(path)}
    result: Any = finished(await kitchen.bake("ingest", {"sources": {"bench": source}}))
    between = time.perf_counter()
    entry = {"id": "bench", "listing": result["listings"]["bench"], "resolution": 1024}
    entry |= {"duplicates": {"exact": "keep_all", "near": "off"}}  # files of one picture are all alike
    result = finished(await kitchen.bake("snapshot", {"entries": [entry], "alignment": 64}))
    assert result["counts"]["kept"] == num, result["counts"]
    return between - started, time.perf_counter() - between


def finished(record: JobRecord) -> Any:
    assert record.state is JobState.SUCCEEDED, record.error
    return record.result


def draw_all(folder: Path, num: int) -> list[Path]:
    """Files of all sizes and kinds, evenly mixed: a few pictures, and each file has bytes of its own."""
    folder.mkdir(parents=True)
    drawn = [encoded(number) for number in range(min(NUM_KINDS, num))]
    paths = []
    for number in range(num):
        suffix, data = drawn[number % len(drawn)]
        paths.append(folder / f"{number:05}.{suffix}")
        paths[-1].write_bytes(data + f"{folder.name} {number}".encode())
    return paths


def encoded(number: int) -> tuple[str, bytes]:
    """One of the pictures: its suffix and its bytes."""
    pixels = LEAST * math.exp(number * 17 % NUM_KINDS / (NUM_KINDS - 1) * math.log(MOST / LEAST))
    width = round(math.sqrt(pixels * 4 / 3))
    picture, kind, file = (
        photograph(number, width, round(width * 3 / 4)),
        MIX[number % len(MIX)],
        io.BytesIO(),
    )
    if kind in {"png", "alpha"}:
        if kind == "alpha":
            picture.putalpha(Image.linear_gradient("L").resize(picture.size))
        picture.save(file, "PNG", compress_level=4)
        return "png", file.getvalue()
    if kind == "webp":
        picture.save(file, "WEBP", quality=80, method=1)
        return "webp", file.getvalue()
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED if kind == "turned" else 1
    picture.save(file, "JPEG", quality=88, exif=exif, progressive=kind == "progressive")
    return "jpg", file.getvalue()


def photograph(number: int, width: int, height: int) -> Image.Image:
    """Shapes of many sizes with a little grain: compresses as photographs do."""
    planes = []
    for plane in range(3):
        random = np.random.default_rng(3 * number + plane)
        levels = np.zeros((height, width), np.float32)
        for size, strength in ((4, 90), (16, 50), (64, 24), (256, 10)):
            coarse = random.normal(0, strength, (size, size)).astype(np.float32)
            levels += np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
        levels += random.normal(0, 2, (height, width)).astype(np.float32)
        planes.append(Image.fromarray((levels + 128).clip(0, 255).astype(np.uint8)))
    return Image.merge("RGB", planes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=NUM_PICTURES)
    main(parser.parse_args().size)
