"""Manifests of toy jobs: samples to plan over, captions (the hashes) as what comes out. Imports pyarrow."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.manifest.header import Manifest, ManifestRef, decode_manifest
from bakehouse.manifest.identity import sample_id
from bakehouse.manifest.reading import TableReader
from bakehouse.manifest.schema import FAILED, KEPT, TABLES, row_batches
from bakehouse.manifest.store import save_manifest
from bakehouse.manifest.writing import TableWriter


def caption_row(row: Mapping[str, Any]) -> dict[str, object]:
    """A line of the toy as a row of the captions table."""
    name, reason = sample_id("toy", row["item"]), row.get("failed")
    state = KEPT if reason is None else FAILED
    return {
        "sample_id": name,
        "variant": 0,
        "text": row.get("hash"),
        "source": "toy",
        "state": state,
        "reason": reason,
    }


def write_captions(
    blobs: Blobs, spec: Digest, rows: Iterable[Mapping[str, Any]], scratch: Path
) -> ManifestRef:
    schema = TABLES["captions"]
    writer = TableWriter(blobs, scratch=scratch)
    table = writer.write(schema, row_batches(schema, (caption_row(row) for row in rows)))
    return save_manifest(blobs, Manifest(stage="toy", revision=1, spec=spec, tables={"captions": table}))


def sample_ids(blobs: Blobs, samples: Digest) -> "Iterator[pa.Array[Any]]":
    """The ids of a samples manifest in order, some thousands at a time."""
    manifest = decode_manifest(blobs.get(samples))
    for batch in TableReader(blobs, manifest.tables["samples"], columns=[]).batches():
        yield batch.column("sample_id")
