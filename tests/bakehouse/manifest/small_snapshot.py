"""Snapshots of a few samples, written as the dataset service writes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import canonical_digest
from bakehouse.digest import digest_bytes
from bakehouse.manifest.header import Manifest, ManifestRef
from bakehouse.manifest.identity import SampleId, sample_id
from bakehouse.manifest.schema import EXCLUDED, KEPT, TABLES, row_batches
from bakehouse.manifest.store import save_manifest
from bakehouse.manifest.table import TableRef
from bakehouse.manifest.writing import TableWriter

Rows = dict[str, list[Mapping[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A sample to be. `reason` leaves it out; `columns` are others of its row in `samples`."""

    name: str
    entry: str = "cats"
    data: bytes = b""
    size: tuple[int, int] = (100, 50)
    reason: str = ""
    bucket: tuple[int, int] = (64, 64)
    resized: tuple[int, int] = (128, 64)
    crop: tuple[int, int] = (32, 0)
    captions: tuple[str, ...] = ("a cat",)
    columns: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sample_id(self) -> SampleId:
        return sample_id(self.entry, self.name)

    def rows(self) -> Rows:
        state = EXCLUDED if self.reason else KEPT
        sample = {
            "sample_id": self.sample_id,
            "entry": self.entry,
            "name": self.name,
            "part": 0,
            "digest": digest_bytes(self.data or self.name.encode()),
            "size_bytes": 10,
            "media_type": "image/png",
            "format": "PNG",
            "width": self.size[0],
            "height": self.size[1],
            "renditions": [],
            "prior": False,
            "phash": None,
            "thumbnail": None,
            "state": state,
            "reason": self.reason or None,
            "detail": f"it is {self.reason}" if self.reason else None,
            **self.columns,
        }
        return {
            "samples": [sample],
            "buckets": [] if self.reason else [self._bucket()],
            "captions": [] if self.reason else self._captions(),
        }

    def _bucket(self) -> Mapping[str, Any]:
        return {
            "sample_id": self.sample_id,
            "draw": 0,
            "state": KEPT,
            "reason": None,
            "bucket_width": self.bucket[0],
            "bucket_height": self.bucket[1],
            "resize_width": self.resized[0],
            "resize_height": self.resized[1],
            "crop_x": self.crop[0],
            "crop_y": self.crop[1],
            "crop_by": "center",
            "flip": False,
        }

    def _captions(self) -> list[Mapping[str, Any]]:
        return [
            {
                "sample_id": self.sample_id,
                "variant": variant,
                "text": text,
                "source": "textfile",
                "state": KEPT,
                "reason": None,
            }
            for variant, text in enumerate(self.captions)
        ]


def write_tables(blobs: Blobs, scratch: Path, *shots: Shot, part_rows: int = 2) -> dict[str, TableRef]:
    writer = TableWriter(blobs, scratch=scratch, part_rows=part_rows)
    rows: Rows = {name: [] for name in ("samples", "buckets", "captions")}
    for shot in shots:
        for name, own in shot.rows().items():
            rows[name] += own
    return {name: writer.write(TABLES[name], row_batches(TABLES[name], rows[name])) for name in rows}


def write_snapshot(
    blobs: Blobs,
    scratch: Path,
    *shots: Shot,
    stage: str = "snapshot",
    parents: tuple[ManifestRef, ...] = (),
    part_rows: int = 2,
) -> ManifestRef:
    tables = write_tables(blobs, scratch, *shots, part_rows=part_rows)
    spec = canonical_digest({})
    return save_manifest(blobs, Manifest(stage=stage, revision=1, spec=spec, tables=tables, parents=parents))
