"""Snapshots and captions as the services before would write them."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import canonical_digest
from bakehouse.digest import Digest
from bakehouse.manifest.header import Manifest, decode_manifest
from bakehouse.manifest.identity import sample_id
from bakehouse.manifest.reading import TableReader
from bakehouse.manifest.schema import KEPT, TABLES, row_batches
from bakehouse.manifest.store import save_manifest
from bakehouse.manifest.writing import TableWriter

ENTRY = "shapes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture, how it is cropped, and its captions."""

    name: str
    data: bytes
    size: tuple[int, int] = (80, 60)
    rendition: bytes | None = None
    resize: tuple[int, int] = (64, 48)
    crop: tuple[int, int] = (0, 0)
    bucket: tuple[int, int] = (64, 48)
    flip: bool = False
    state: str = KEPT
    captions: Sequence[str] = ()


def gradient(number: int = 0, size: tuple[int, int] = (80, 60)) -> Image.Image:
    """One of many different pictures, each with edges in it."""
    picture = Image.linear_gradient("L").resize(size)
    shifted = picture.rotate(17 * number)
    return Image.merge("RGB", (picture, shifted, Image.new("L", size, (40 * number) % 256)))


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def sources(count: int, **changes: Any) -> list[Source]:
    return [
        replace(
            Source(name=f"{number:03d}.png", data=png(gradient(number)), captions=[f"a red {number}"]),
            **changes,
        )
        for number in range(count)
    ]


def put_snapshot(blobs: Blobs, sources: Sequence[Source], scratch: Path) -> Digest:
    """Store pictures and their snapshot; its manifest's blob."""
    kept = [source for source in sources if source.state == KEPT]
    captions = [
        {
            "sample_id": sample_id(ENTRY, source.name),
            "variant": number,
            "text": text,
            "source": "textfile",
            "state": KEPT,
        }
        for source in kept
        for number, text in enumerate(source.captions)
    ]
    rows: dict[str, list[Mapping[str, object]]] = {
        "samples": [_sample(blobs, source) for source in sources],
        "buckets": [_bucket(source) for source in kept],
        "captions": [*captions],
    }
    writer = TableWriter(blobs, scratch=scratch)
    tables = {
        name: writer.write(TABLES[name], row_batches(TABLES[name], found)) for name, found in rows.items()
    }
    manifest = Manifest(stage="snapshot", revision=1, spec=canonical_digest({}), tables=tables)
    return save_manifest(blobs, manifest).blob


def table(blobs: Blobs, result: Any, name: str) -> dict[bytes, dict[str, Any]]:
    """The rows of a result's table, by sample."""
    manifest = decode_manifest(blobs.get(Digest(result["manifest"]["blob"])))
    batches = TableReader(blobs, manifest.tables[name]).batches()
    return {row["sample_id"]: row for batch in batches for row in batch.to_pylist()}


def row_of(blobs: Blobs, result: Any, name: str, source: Source) -> dict[str, Any]:
    return table(blobs, result, name)[sample_id(ENTRY, source.name)]


def _sample(blobs: Blobs, source: Source) -> dict[str, object]:
    width, height = source.size
    renditions = []
    if source.rendition is not None:
        renditions = [{"digest": blobs.put(source.rendition), "width": width, "height": height}]
    return {
        "sample_id": sample_id(ENTRY, source.name),
        "entry": ENTRY,
        "name": source.name,
        "digest": blobs.put(source.data),
        "width": width,
        "height": height,
        "renditions": renditions,
        "state": source.state,
        "reason": None if source.state == KEPT else "too_small",
    }


def _bucket(source: Source) -> dict[str, object]:
    return {
        "sample_id": sample_id(ENTRY, source.name),
        "draw": 0,
        "bucket_width": source.bucket[0],
        "bucket_height": source.bucket[1],
        "resize_width": source.resize[0],
        "resize_height": source.resize[1],
        "crop_x": source.crop[0],
        "crop_y": source.crop[1],
        "flip": source.flip,
        "state": KEPT,
    }
