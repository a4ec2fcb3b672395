"""What the tables of a snapshot say, read synchronously. It brings pyarrow: import it where it is needed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import ObjectStore
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.browsing import SampleBrowser, SampleRows
from bakehouse.manifest.cut import span_between
from bakehouse.manifest.filters import Term
from bakehouse.manifest.header import Manifest, ManifestRef, decode_manifest
from bakehouse.manifest.identity import SampleId
from bakehouse.manifest.reading import TableReader
from bakehouse.manifest.sample_changes import SampleChanges, sample_changes
from bakehouse.manifest.store import lineage, load_manifest
from bakehouse.manifest.summary import Summary, summarise
from bakehouse.manifest.table import TableRef
from gateway.artifacts.listing import Snapshot

_PAGE_BYTES = 1 << 20  # of texts: a message has 4 MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Some samples, and whether they are the last."""

    samples: Sequence[SampleRows]
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed of a sample, and what it was and is."""

    changes: SampleChanges
    before: SampleRows | None
    after: SampleRows | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterRows:
    """What a later stage's table says of a sample."""

    stage: str
    manifest: Digest
    table: str
    rows: Sequence[Mapping[str, Any]]


class SnapshotTables:
    """Reads the tables of snapshots. Each method may raise what reading manifests and parts does.

    That is NotFoundError, CorruptionError, and StateError for what a newer program wrote.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def samples(
        self,
        snapshot: Snapshot,
        terms: Sequence[Term] = (),
        *,
        captions: Digest | None = None,
        after: SampleId | None = None,
    ) -> Iterator[SampleRows]:
        """The samples that `terms` let pass, with captions from another manifest where that is named.

        Raises:
            InvalidInputError: a term can't be, or the manifest has no captions.
        """
        blobs, tables = self._open(snapshot, captions)
        return SampleBrowser(blobs, tables).read(terms, after=after)

    def summary(self, snapshot: Snapshot, *, captions: Digest | None = None) -> Summary:
        """The snapshot in numbers.

        Raises:
            InvalidInputError: the manifest has no captions.
        """
        return summarise(*self._open(snapshot, captions))

    def changes(
        self, before: Snapshot, after: Snapshot, *, behind: SampleId | None, most: int
    ) -> list[Change]:
        """The first `most` changes behind a sample, with both sides."""
        blobs = Blobs(self._store, after.project)
        old, new = self._open(before)[1], self._open(after)[1]
        found = list(islice(_behind(sample_changes(blobs, old, new), behind), most))
        ids = [changes.sample_id for changes in found]
        were, are = SampleBrowser(blobs, old).find(ids), SampleBrowser(blobs, new).find(ids)
        return [
            Change(changes=changes, before=were.get(changes.sample_id), after=are.get(changes.sample_id))
            for changes in found
        ]

    def sample(self, snapshot: Snapshot, own: SampleId) -> SampleRows | None:
        """One sample; None where it is not there."""
        return SampleBrowser(*self._open(snapshot)).find([own]).get(own)

    def with_digest(self, snapshot: Snapshot, digest: str, *, most: int) -> list[SampleId]:
        """The first `most` samples of these bytes."""
        blobs, tables = self._open(snapshot)
        alone = SampleBrowser(blobs, {"samples": tables["samples"]})
        found = alone.read([Term(column="digest", operator="=", value=digest)])
        return [rows.sample_id for rows in islice(found, most)]

    def later_rows(self, project: str, blob: Digest, content: Digest, own: SampleId) -> list[LaterRows]:
        """What the tables of a stage behind the snapshot say of a sample."""
        blobs = Blobs(self._store, project)
        manifest = load_manifest(blobs, ManifestRef(blob=blob, content=content))
        found = []
        for name, table in sorted(manifest.tables.items()):
            batches = TableReader(blobs, table).batches(span_between(own, own))
            rows = [row for batch in batches for row in batch.to_pylist()]
            found.append(LaterRows(stage=manifest.stage, manifest=blob, table=name, rows=rows))
        return found

    def ancestors(self, snapshot: Snapshot) -> list[tuple[ManifestRef, Manifest]]:
        """The manifest, its parents, theirs, and so on."""
        return list(lineage(Blobs(self._store, snapshot.project), _ref(snapshot)))

    def manifests(
        self, project: str, found: Iterable[tuple[Digest, Digest]]
    ) -> list[tuple[ManifestRef, Manifest]]:
        """Manifests by blob and content."""
        blobs = Blobs(self._store, project)
        refs = [ManifestRef(blob=blob, content=content) for blob, content in found]
        return [(ref, load_manifest(blobs, ref)) for ref in refs]

    def _open(
        self, snapshot: Snapshot, captions: Digest | None = None
    ) -> tuple[Blobs, Mapping[str, TableRef]]:
        blobs = Blobs(self._store, snapshot.project)
        tables = load_manifest(blobs, _ref(snapshot)).tables
        if captions is None:
            return blobs, tables
        found = decode_manifest(blobs.get(captions)).tables
        if "captions" not in found:
            raise InvalidInputError(
                f"captions_manifest: {captions} has no captions; name one of a captions stage",
                field="captions_manifest",
            )
        return blobs, {**tables, "captions": found["captions"]}


def take(samples: Iterator[SampleRows], most: int) -> Taken:
    """The next `most` samples, fewer where their texts are long."""
    taken: list[SampleRows] = []
    num_bytes = 0
    while len(taken) < most and num_bytes < _PAGE_BYTES:
        found = next(samples, None)
        if found is None:
            return Taken(samples=taken, is_last=True)
        taken.append(found)
        num_bytes += sum(len(row["text"] or "") for row in found.captions)
    return Taken(samples=taken, is_last=False)


def _ref(snapshot: Snapshot) -> ManifestRef:
    return ManifestRef(blob=snapshot.manifest, content=Digest(snapshot.id))


def _behind(changes: Iterator[SampleChanges], place: SampleId | None) -> Iterator[SampleChanges]:
    return (found for found in changes if place is None or found.sample_id > place)
