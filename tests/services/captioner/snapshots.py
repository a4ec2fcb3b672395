"""Snapshots as the dataset service would write them: plain pictures, and the captions of their sources."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

RED, GREEN, BLUE = (220, 20, 20), (20, 220, 20), (20, 20, 220)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture of a source and its captions."""

    name: str
    data: bytes
    entry: str = "cats"
    captions: Sequence[str] = ()
    state: str = KEPT


def png(colour: tuple[int, int, int], size: tuple[int, int] = (24, 18)) -> bytes:
    """A picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def shade(number: int) -> bytes:
    """One of many different pictures, red, green or blue by turns."""
    rest = 10 + number
    colours = [(220, rest, 20), (rest, 220, 20), (20, rest, 220)]
    return png(colours[number % 3], size=(20 + number, 30))


def put_snapshot(blobs: Blobs, sources: Sequence[Source], scratch: Path) -> Digest:
    """Store the sources' bytes and a snapshot of them; its manifest's blob."""
    ids = {source.name: sample_id(source.entry, source.name) for source in sources}
    samples: list[Mapping[str, object]] = [
        {
            "sample_id": ids[source.name],
            "entry": source.entry,
            "name": source.name,
            "digest": blobs.put(source.data),
            "width": 24,
            "height": 18,
            "renditions": [],
            "state": source.state,
            "reason": None if source.state == KEPT else "too_small",
        }
        for source in sources
    ]
    captions: list[Mapping[str, object]] = [
        {"sample_id": ids[source.name], "variant": number, "text": text, "source": "textfile", "state": KEPT}
        for source in sources
        for number, text in enumerate(source.captions)
    ]
    writer = TableWriter(blobs, scratch=scratch)
    tables = {
        name: writer.write(TABLES[name], row_batches(TABLES[name], rows))
        for name, rows in {"samples": samples, "captions": captions}.items()
    }
    return save_manifest(
        blobs, Manifest(stage="snapshot", revision=1, spec=canonical_digest({}), tables=tables)
    ).blob


def captions_of(blobs: Blobs, result: Any) -> dict[bytes, list[dict[str, Any]]]:
    """The rows of a captions manifest, by sample."""
    manifest = decode_manifest(blobs.get(Digest(result["manifest"]["blob"])))
    found: dict[bytes, list[dict[str, Any]]] = {}
    for batch in TableReader(blobs, manifest.tables["captions"]).batches():
        for row in batch.to_pylist():
            found.setdefault(row["sample_id"], []).append(row)
    return found


def texts_of(blobs: Blobs, result: Any, sources: Sequence[Source]) -> dict[str, list[str | None]]:
    """The texts of each source's captions, by its name."""
    rows = captions_of(blobs, result)
    return {
        source.name: [row["text"] for row in rows.get(sample_id(source.entry, source.name), [])]
        for source in sources
    }
