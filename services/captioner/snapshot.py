"""Reads a snapshot's kept samples with the captions that their sources have, in the order of their ids."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.header import Manifest, ManifestRef, decode_manifest
from bakehouse.manifest.identity import SampleId
from bakehouse.manifest.join import join_tables
from bakehouse.manifest.pictures import PICTURE_COLUMNS, picture_digest
from bakehouse.manifest.schema import KEPT
from services.captioner.domain.captioning import Captioning

SNAPSHOT = "snapshot"

_COLUMNS = {
    "samples": ("entry", "state", *PICTURE_COLUMNS),
    "captions": ("text", "source", "state"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCaption:
    """A row of the snapshot's captions. `text` is empty where the row says nothing, or failed."""

    variant: int
    text: str
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A kept sample: its picture's blob, and what its source says of it."""

    sample_id: SampleId
    entry: str
    picture: Digest
    captions: tuple[SourceCaption, ...]

    @property
    def has_caption(self) -> bool:
        """Whether the source says anything of it."""
        return any(caption.text for caption in self.captions)

    def needs_tags(self, captioning: Captioning) -> bool:
        """Whether its caption depends on what the tagger sees."""
        return captioning.existing != "keep" or not self.has_caption


def load_snapshot(blobs: Blobs, inputs: Mapping[str, Digest]) -> tuple[ManifestRef, Manifest]:
    """The manifest to caption.

    Raises:
        InvalidInputError: there is no such input, or it has no samples.
        NotFoundError, CorruptionError, StateError: it is not there, damaged, or of a newer program.
    """
    if SNAPSHOT not in inputs:
        raise InvalidInputError(f"inputs.{SNAPSHOT}: missing; give the blob of a snapshot", field="inputs")
    blob = inputs[SNAPSHOT]
    manifest = decode_manifest(blobs.get(blob))
    if "samples" not in manifest.tables:
        raise InvalidInputError(
            f"inputs.{SNAPSHOT}: manifest {blob} is of stage {manifest.stage} and has no samples; give that "
            "of dataset.snapshot",
            field="inputs",
        )
    return ManifestRef(blob=blob, content=manifest.content), manifest


def num_kept(manifest: Manifest) -> int:
    """How many samples are kept."""
    return manifest.tables["samples"].states.get(KEPT, 0)


def read_samples(blobs: Blobs, manifest: Manifest) -> Iterator[Sample]:
    """The kept samples of `manifest`, a part at a time.

    Raises:
        NotFoundError, CorruptionError: a part is not there, or damaged.
    """
    tables = {name: manifest.tables[name] for name in _COLUMNS if name in manifest.tables}
    columns = {name: _COLUMNS[name] for name in tables}
    for batch in join_tables(blobs, tables, columns=columns):
        for _, rows in groupby(batch.to_pylist(), key=_id_of):
            together = list(rows)
            if together[0]["samples.state"] == KEPT:
                yield _sample(together)


def _sample(rows: Sequence[Mapping[str, Any]]) -> Sample:
    first = rows[0]
    return Sample(
        sample_id=_id_of(first),
        entry=first["samples.entry"],
        picture=picture_digest({name: first[f"samples.{name}"] for name in PICTURE_COLUMNS}),
        captions=tuple(_caption(one) for one in rows if one.get("variant") is not None),
    )


def _caption(row: Mapping[str, Any]) -> SourceCaption:
    text = row["captions.text"] if row["captions.state"] in {KEPT, None} else None
    return SourceCaption(
        variant=row["variant"], text=text if text and text.strip() else "", source=row["captions.source"]
    )


def _id_of(row: Mapping[str, Any]) -> SampleId:
    return SampleId(row["sample_id"])
