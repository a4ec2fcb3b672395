"""Folders as people prepare them for the library `datasets`."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from tests.services.dataset.kitchen import put_listing
from tests.services.dataset.pictures import png


def imagefolder(folder: Path, num: int = 4, *, kind: str = "jsonl") -> Path:
    """Pictures n.png of 64 + n px with a table of captions."""
    train = folder / "train"
    train.mkdir(parents=True)
    rows: list[dict[str, Any]] = [
        {"file_name": f"{n}.png", "text": f"picture {n}", "tags": "tag", "width": 64 + n, "height": 96}
        for n in range(num)
    ]
    for n in range(num):
        (train / f"{n}.png").write_bytes(png(64 + n))
    if kind == "csv":
        lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
        (train / "metadata.csv").write_text("\n".join(lines) + "\n")
    else:
        (train / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def shards(folder: Path, num: int = 6, *, each: int = 2, **more: Any) -> Path:
    """Parquet shards with the pictures in a column, `each` a shard."""
    data = folder / "data"
    data.mkdir(parents=True)
    for number, start in enumerate(range(0, num, each)):
        rows = [row(n, **more) for n in range(start, min(num, start + each))]
        name = f"train-{number:05}-of-{-(-num // each):05}.parquet"
        pq.write_table(pa.Table.from_pylist(rows), data / name, row_group_size=1)
    return folder


def row(n: int, **more: Any) -> dict[str, Any]:
    return {
        "image": {"bytes": png(64 + n), "path": f"{n}.png"},
        "caption": [f"picture {n}", "again"] if n % 2 else [""],
        "description": {"short": f"short {n}", "long": f"long {n}"},
        "meta": {"size": {"w": 64 + n, "h": 96}},
        **more,
    }


def sent(blobs: Blobs, folder: Path) -> Digest:
    """The listing of all its files, as a client sends it."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    return put_listing(blobs, files)
