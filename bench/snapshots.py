"""A snapshot of 500,000 samples in a real gateway: opened, filtered, paged, counted, streamed by a client.

Each step is timed at the client. Wanted: under a second each, and memory that does not grow while streaming.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import TypeVar

import psutil
import pyarrow as pa

from bakehouse.canonical_json import canonical_digest
from bakehouse.client.client import Client
from bakehouse.manifest.columns import Array
from bakehouse.manifest.header import Manifest
from bakehouse.manifest.identity import SAMPLE_ID_BYTES
from bakehouse.manifest.schema import EXCLUDED, KEPT, TABLES
from bakehouse.manifest.store import save_manifest
from bakehouse.manifest.writing import TableWriter
from tests.bakehouse.client.gateway_process import GatewayProcess
from tests.bakehouse.client.stock import open_stock

ROWS = 500_000
_BATCH = 50_000
_PAGES = 30
_EVERY = 100  # samples one that is left out
_MIB = 1 << 20

T = TypeVar("T")


def main() -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        gateway = GatewayProcess(root)
        gateway.open()
        try:
            with gateway.client() as client:
                _measure(gateway, client, root)
        finally:
            gateway.close()


def _measure(gateway: GatewayProcess, client: Client, root: Path) -> None:
    stock = open_stock(gateway, client, root)
    tables = {name: TableWriter(stock.blobs, scratch=root).write(TABLES[name], rows(name)) for name in _ROWS}
    manifest = Manifest(stage="snapshot", revision=1, spec=canonical_digest({}), tables=tables)
    ref = save_manifest(stock.blobs, manifest)
    stock.note("snapshot", ref)
    name = stock.known(f"projects/{stock.project}/snapshots/{ref.content}").name
    process = psutil.Process(gateway.pid)
    print(f"{ROWS:,} samples, {sum(len(table.parts) for table in tables.values())} parts\n")
    print("| step | seconds | |")
    print("|---|---|---|")
    snapshots = client.snapshots
    _told("open: the first page of 50", lambda: snapshots.page(name), lambda page: f"{len(page[0])} samples")
    _told("filter: 50 of those left out", lambda: snapshots.page(name, "state = excluded"), _first)
    rare = f'file = "*/{ROWS - 7}.jpg"'
    _told("filter: one file of all", lambda: snapshots.page(name, rare), _first)
    _told("filter: words of one caption", lambda: snapshots.page(name, f'caption : " {ROWS - 7} "'), _first)
    middle = 'sample_id = "7f*"'
    _told("page: 1000 from the middle", lambda: snapshots.page(name, middle, size=1000), _first)
    pages = _pages(client, name)
    print(f"| page: the slowest of {_PAGES} of 1000 in a row | {max(pages):.2f} | mean {mean(pages):.2f} |")
    _told(
        "count all by dataset and bucket",
        lambda: snapshots.summary(name),
        lambda s: f"{len(s.buckets)} buckets",
    )
    before, own = _rss(process), psutil.Process()
    own_before = _rss(own)
    peaks: list[tuple[float, float]] = []
    start = time.perf_counter()
    streamed = snapshots.samples(name)
    while sum(1 for _ in islice(streamed, _BATCH)):
        peaks.append((_rss(process), _rss(own)))
    seconds = time.perf_counter() - start
    print(f"| stream all | {seconds:.1f} | {ROWS / seconds:,.0f} samples/s |")
    gateways, clients = zip(*peaks, strict=True)
    print("\nMiB of memory while streaming, each tenth of the way:\n")
    print(f"- gateway, {before:.0f} before: {_list(gateways)}")
    print(f"- client, {own_before:.0f} before: {_list(clients)}")


def rows(table: str) -> Iterator[pa.RecordBatch]:
    """The rows of a table, the ids like hashes and the same in every run."""
    for start in range(0, ROWS, _BATCH):
        yield _ROWS[table](start, min(_BATCH, ROWS - start))


def _samples(start: int, count: int) -> pa.RecordBatch:
    numbers = range(start, start + count)
    out = [number % _EVERY == 0 for number in numbers]
    return pa.RecordBatch.from_pydict(
        {
            "sample_id": _ids(start, count),
            "entry": [f"set-{number % 3}" for number in numbers],
            "name": [f"{number % 97}/{number}.jpg" for number in numbers],
            "part": pa.array([0] * count, pa.int32()),
            "digest": [hashlib.sha256(b"%d" % number).hexdigest() for number in numbers],
            "size_bytes": pa.array([1_000_000 + number for number in numbers], pa.int64()),
            "media_type": ["image/jpeg"] * count,
            "format": ["JPEG"] * count,
            "width": pa.array([600 + number % 1400 for number in numbers], pa.int32()),
            "height": pa.array([600 + number % 1300 for number in numbers], pa.int32()),
            "state": [EXCLUDED if is_out else KEPT for is_out in out],
            "reason": ["too_small" if is_out else None for is_out in out],
            "thumbnail": [hashlib.sha256(b"t%d" % number).hexdigest() for number in numbers],
        }
    )


def _buckets(start: int, count: int) -> pa.RecordBatch:
    numbers = range(start, start + count)
    fixed = {"draw": 0, "resize_width": 768, "resize_height": 768, "crop_x": 3, "crop_y": 0}
    return pa.RecordBatch.from_pydict(
        {
            "sample_id": _ids(start, count),
            **{name: pa.array([value] * count, pa.int32()) for name, value in fixed.items()},
            "bucket_width": pa.array([512 + 64 * (number % 5) for number in numbers], pa.int32()),
            "bucket_height": pa.array([768 - 64 * (number % 5) for number in numbers], pa.int32()),
            "crop_by": ["center"] * count,
            "state": [KEPT] * count,
        }
    )


def _captions(start: int, count: int) -> pa.RecordBatch:
    numbers = range(start, start + count)
    return pa.RecordBatch.from_pydict(
        {
            "sample_id": _ids(start, count),
            "variant": pa.array([0] * count, pa.int32()),
            "text": [f"a photo of thing {number} seen from the side in the morning" for number in numbers],
            "source": ["textfile"] * count,
            "state": [KEPT] * count,
        }
    )


_ROWS: dict[str, Callable[[int, int], pa.RecordBatch]] = {
    "samples": _samples,
    "buckets": _buckets,
    "captions": _captions,
}


def _ids(start: int, count: int) -> Array:
    data = hashlib.shake_128(start.to_bytes(8, "big")).digest(count * SAMPLE_ID_BYTES)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(SAMPLE_ID_BYTES), count, [None, pa.py_buffer(data)])


def _pages(client: Client, name: str) -> list[float]:
    """The seconds of each of some pages of 1000 in a row."""
    seconds, token = [], ""
    for _ in range(_PAGES):
        start = time.perf_counter()
        _, token = client.snapshots.page(name, size=1000, token=token)
        seconds.append(time.perf_counter() - start)
    return seconds


def _told(step: str, work: Callable[[], T], note: Callable[[T], str]) -> None:
    start = time.perf_counter()
    result = work()
    print(f"| {step} | {time.perf_counter() - start:.2f} | {note(result)} |")


def _first(page: tuple[tuple[object, ...], str]) -> str:
    return f"{len(page[0])} samples"


def _rss(process: psutil.Process) -> float:
    return process.memory_info().rss / _MIB


def _list(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)


if __name__ == "__main__":
    main()
