"""A million rows of a table that declares sizes, surveyed without opening a picture, on one core.

The bare loop reads the two columns of sizes of the Parquet file into NumPy and plans them, names, URLs and
texts for numbers left alone. The last but one is a listing of as many files joined to such a table by name.
"""

import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import Digest, digest_bytes
from bakehouse.jobs.plan import PlanHeader
from bakehouse.jobs.stage import FinaliseRequest
from bakehouse.manifest.identity import sample_id
from bench.fresh_process import measure
from bench.timing import Timed, on_one_core, timed
from services.dataset.adapters.tables import FileTables
from services.dataset.domain.bucketing import plan_sizes
from services.dataset.domain.draws import Draws
from services.dataset.domain.listing import ListedFile, write_line
from services.dataset.domain.rules import CropStyle, Rules
from services.dataset.domain.sizes import Sizes
from services.dataset.survey_tables import write_survey

ROWS = 1_000_000
JOINED_ROWS = 1_000_000
COLUMNS = ("id", "url", "caption", "width", "height")
KINDS = ("parquet", "csv", "jsonl", "joined", "bare")

_NAMES = {
    "parquet": "URLs in Parquet, widths as text",
    "csv": "URLs in CSV",
    "jsonl": "URLs in JSON lines",
    "joined": f"{JOINED_ROWS:,} files joined to a table",
    "bare": "the bare loop",
}
_NO_UNITS = PlanHeader(
    kind="dataset.survey",
    spec=digest_bytes(b""),
    num_units=0,
    num_items=0,
    num_hits=0,
    parts=(),
    context=None,
)
_RULES = {"resolution": "1.0", "resolution_type": "area", "minimum_image_size": "0.5"}


def main() -> None:
    print(f"{ROWS:,} rows\n")
    print("| table | seconds (CPU) | peak RSS, MiB |")
    print("|---|---|---|")
    for kind in KINDS:
        found = measure(run, kind)
        print(f"| {_NAMES[kind]} | {found.result} | {found.peak_mib:.0f} |")


def run(kind: str) -> Timed:
    """One survey, on one core."""
    on_one_core()
    with TemporaryDirectory() as folder:
        store = DirectoryStore(Path(folder, "store"))
        store.create()
        blobs, path = Blobs(store, "p"), Path(folder, "table")
        write_table(path, kind, JOINED_ROWS if kind == "joined" else ROWS)
        if kind == "bare":
            return timed(lambda: bare_loop(path), repeats=1)
        table = blobs.put_file(path)
        source = {"source": {"type": "csv", "table": table, "filename_column": "id"}}
        entry = joined_entry(blobs, table) if kind == "joined" else source
        return timed(lambda: survey(blobs, entry, Path(folder)), repeats=1)


def survey(blobs: Blobs, entry: dict[str, Any], scratch: Path) -> None:
    request = FinaliseRequest(
        kind="dataset.survey",
        spec={"entries": [{"id": "photos", **_RULES, **entry}]},
        inputs={},
        blobs=blobs,
        plan=_NO_UNITS,
        results=iter(()),
        scratch=scratch,
    )
    assert write_survey(request, FileTables())


def joined_entry(blobs: Blobs, table: Digest) -> dict[str, Any]:
    names = sorted(f"{number}.png" for number in range(JOINED_ROWS))
    digest = digest_bytes(b"")
    lines = (write_line(ListedFile(name=name, digest=digest, size_bytes=1)) for name in names)
    listing = blobs.put(b"".join(lines))
    return {"listing": listing, "table": table, "metadata_backend": "parquet", "parquet": {}}


def write_table(path: Path, kind: str, num: int) -> None:
    """Rows like those of the photo concept bucket, by the piece: the maker's memory is no part of it."""
    writer: Any = None
    with path.open("w", newline="") as file:
        for start in range(0, num, 50_000):
            rows = _rows(start, min(num, start + 50_000))
            if kind == "csv":
                table = csv.writer(file)
                table.writerows([*([COLUMNS] if not start else []), *rows])
            elif kind == "jsonl":
                file.writelines(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in rows)
            else:
                piece = pa.table(dict(zip(COLUMNS, zip(*rows, strict=True), strict=True)))
                writer = writer or pq.ParquetWriter(path, piece.schema)
                writer.write_table(piece)
    if writer is not None:
        writer.close()


def _rows(start: int, stop: int) -> list[tuple[object, ...]]:
    sides = np.random.default_rng(start).integers(300, 6000, (stop - start, 2)).tolist()
    numbers = range(start, stop)
    return [
        (
            number,
            f"https://photos.example/{number}/photo-{number}.jpeg",
            "a photograph " * 12,
            str(width),
            height,
        )
        for number, (width, height) in zip(numbers, sides, strict=True)
    ]


def bare_loop(path: Path) -> None:
    table = pq.read_table(path, columns=["width", "height"])
    width, height = (np.asarray(table[name].cast(pa.int64())) for name in ("width", "height"))
    rules = Rules(in_area=True, resolution=1.0, minimum=0.5, crop_style=CropStyle.CENTER)
    draws = Draws(seed=0, sample_ids=[sample_id("photos", "any")] * len(width))
    plan = plan_sizes(Sizes(width=width, height=height), rules, draws)
    assert len(np.unique(plan.bucket.width))
