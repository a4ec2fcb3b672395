"""A captions table of 10 million rows: written, read, edited in one caption and diffed, each in a process."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import canonical_digest
from bakehouse.manifest.columns import Array, call
from bakehouse.manifest.diff import diff_manifests
from bakehouse.manifest.header import Manifest, ManifestRef
from bakehouse.manifest.identity import SAMPLE_ID_BYTES
from bakehouse.manifest.reading import TableReader
from bakehouse.manifest.schema import KEPT, TABLES
from bakehouse.manifest.store import load_manifest, save_manifest
from bakehouse.manifest.writing import TableWriter
from bench.fresh_process import Measured, measure

ROWS = 10_000_000
_BATCH = 65_536
_CAPTIONS = TABLES["captions"]


def main() -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        DirectoryStore(root / "store").create()
        written = measure(write, root, ROWS)
        read = measure(read_back, root, written.result)
        edited = measure(edit_one, root, written.result)
        changed = measure(diff, root, written.result, edited.result[0])
    print(f"captions table of {ROWS:,} rows\n")
    print("| step | seconds | peak RSS, MiB | |")
    print("|---|---|---|---|")
    _row("write, rows in no order", written, f"{ROWS / written.seconds:,.0f} rows/s")
    _row("read all, digests checked", read, f"{read.result / read.seconds:,.0f} rows/s")
    _row("edit one caption", edited, f"{edited.result[1]} part written")
    _row("diff the two", changed, f"{changed.result} row changed")


def write(root: Path, num_rows: int) -> ManifestRef:
    writer = TableWriter(_blobs(root), scratch=root)
    table = writer.write(_CAPTIONS, captions(num_rows))
    manifest = Manifest(stage="caption", revision=1, spec=canonical_digest({}), tables={"captions": table})
    return save_manifest(_blobs(root), manifest)


def read_back(root: Path, ref: ManifestRef) -> int:
    table = load_manifest(_blobs(root), ref).tables["captions"]
    return sum(batch.num_rows for batch in TableReader(_blobs(root), table).batches())


def edit_one(root: Path, ref: ManifestRef) -> tuple[ManifestRef, int]:
    before = load_manifest(_blobs(root), ref)
    writer = TableWriter(_blobs(root), scratch=root)
    edit = pa.RecordBatch.from_pydict(
        {"sample_id": _ids(0, 1), "variant": pa.array([0], pa.int32()), "text": ["an edited caption"]}
    )
    table = writer.edit(_CAPTIONS, before.tables["captions"], upserts=[edit])
    after = replace(before, stage="edit", parents=(ref,), tables={"captions": table})
    return save_manifest(_blobs(root), after), writer.num_parts_written


def diff(root: Path, before: ManifestRef, after: ManifestRef) -> int:
    blobs = _blobs(root)
    changes = diff_manifests(blobs, load_manifest(blobs, before), load_manifest(blobs, after))
    return sum(batch.num_rows for _, batch in changes)


def captions(num_rows: int) -> Iterator[pa.RecordBatch]:
    """Captions in no order; the ids are like hashes, and the same in every run."""
    for start in range(0, num_rows, _BATCH):
        count = min(_BATCH, num_rows - start)
        numbers = pa.array(range(start, start + count)).cast(pa.string())
        yield pa.RecordBatch.from_pydict(
            {
                "sample_id": _ids(start, count),
                "variant": _repeat(0, count, pa.int32()),
                "text": call(
                    "binary_join_element_wise", "a photo of a thing seen from the side,", numbers, " "
                ),
                "source": _repeat("model", count, pa.string()),
                "state": _repeat(KEPT, count, pa.string()),
            }
        )


def _ids(start: int, count: int) -> Array:
    data = hashlib.shake_128(start.to_bytes(8, "big")).digest(count * SAMPLE_ID_BYTES)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(SAMPLE_ID_BYTES), count, [None, pa.py_buffer(data)])


def _repeat(value: object, count: int, kind: pa.DataType) -> Array:
    return pa.array([value] * count, kind)


def _blobs(root: Path) -> Blobs:
    return Blobs(DirectoryStore(root / "store"), "bench")


def _row(step: str, measured: Measured[Any], note: str) -> None:
    print(f"| {step} | {measured.seconds:.1f} | {measured.peak_mib:.0f} | {note} |")


if __name__ == "__main__":
    main()
