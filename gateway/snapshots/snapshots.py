"""What is in snapshots: samples in pages or as a stream, in numbers, compared, and where they come from."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from bakehouse.blobs.port import ObjectStore
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import NotFoundError
from bakehouse.manifest.filters import parse_filter
from bakehouse.manifest.identity import SampleId, parse_sample_id
from bakehouse.rpc.names import SNAPSHOTS, ResourceName
from bakehouse.rpc.paging import PageTokens, page_size
from gateway.artifacts.artifacts import Artifacts
from gateway.artifacts.listing import Snapshot
from gateway.listings import JobListing
from gateway.pages import Page, PageWish
from gateway.snapshots.derived import Derived, DerivedListing

if TYPE_CHECKING:
    # For type checkers: pyarrow costs an idle process 50 MiB.
    from bakehouse.manifest.browsing import SampleRows
    from bakehouse.manifest.header import Manifest, ManifestRef
    from bakehouse.manifest.summary import Summary
    from gateway.snapshots.tables import Change, LaterRows, SnapshotTables

_SAME_BYTES = 100
_BATCH = 256
_CHANGES, _SAMPLES = "snapshot changes", "samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleWish:
    """Which samples: a filter as it was written, and whose captions (None: the snapshot's own)."""

    filter: str = ""
    captions: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStory:
    """All that is known of a sample. `entry` is what training is told of its dataset."""

    rows: "SampleRows"
    later: "Sequence[LaterRows]"
    same_bytes: Sequence[str]
    entry: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A snapshot with what it comes from, and what was made of it. `jobs` are by content."""

    project: str
    ancestors: "Sequence[tuple[ManifestRef, Manifest]]"
    descendants: "Sequence[tuple[ManifestRef, Manifest]]"
    jobs: Mapping[str, Sequence[str]]
    trained: Sequence[Derived]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotSources:
    """Where snapshots are found, and what was made of them."""

    artifacts: Artifacts
    jobs: JobListing
    derived: DerivedListing


class Snapshots:
    """The snapshots of all projects, looked into."""

    def __init__(self, sources: SnapshotSources, store: ObjectStore, tokens: PageTokens) -> None:
        self._artifacts = sources.artifacts
        self._jobs = sources.jobs
        self._derived = sources.derived
        self._store = store
        self._tokens = tokens

    async def samples(self, name: ResourceName, wish: SampleWish, wanted: PageWish) -> "Page[SampleRows]":
        """A page of a snapshot's samples.

        Raises:
            NotFoundError: there is no such snapshot.
            InvalidInputError: no filter or page can be so.
        """
        binding = (_SAMPLES, str(name), wish.filter, wish.captions or "")
        after, size = self._tokens.unseal(wanted.token, *binding), page_size(wanted.size)
        found = self._stream(await self._artifacts.snapshot(name), wish, after, most=size)
        async for batch, is_last in found:
            token = "" if is_last else self._tokens.seal(batch[-1].sample_id.hex(), *binding)
            return Page(entries=batch, next=token)
        return Page(entries=[])

    async def stream(
        self, name: ResourceName, wish: SampleWish, *, after: str
    ) -> "AsyncGenerator[Sequence[SampleRows], None]":
        """A snapshot's samples behind the id `after`, some at a time. Raises as `samples`."""
        snapshot = await self._artifacts.snapshot(name)
        async for batch, _ in self._stream(snapshot, wish, after, most=_BATCH):
            yield batch

    async def summary(self, name: ResourceName, captions: Digest | None) -> "Summary":
        """A snapshot in numbers. Raises as `samples`."""
        snapshot = await self._artifacts.snapshot(name)
        return await asyncio.to_thread(partial(self._tables.summary, snapshot, captions=captions))

    async def changes(self, name: ResourceName, base: Digest, wanted: PageWish) -> "Page[Change]":
        """A page of what changed from the snapshot `base` to that of `name`. Raises as `samples`."""
        binding = (_CHANGES, str(name), base)
        behind, size = self._tokens.unseal(wanted.token, *binding), page_size(wanted.size)
        after = await self._artifacts.snapshot(name)
        before = await self._artifacts.snapshot(
            ResourceName(project=name.project, collection=SNAPSHOTS, id=base)
        )
        read = partial(self._tables.changes, before, after, behind=_place(behind), most=size + 1)
        found = await asyncio.to_thread(read)
        is_last = len(found) <= size
        last = "" if is_last else self._tokens.seal(found[size - 1].changes.sample_id.hex(), *binding)
        return Page(entries=found[:size], next=last)

    async def story(self, name: ResourceName, sample: SampleId) -> SampleStory:
        """All that is known of a sample.

        Raises:
            NotFoundError: there is no such snapshot, or no such sample in it.
        """
        snapshot = await self._artifacts.snapshot(name)
        rows = await asyncio.to_thread(self._tables.sample, snapshot, sample)
        if rows is None:
            raise NotFoundError(f"{name} has no sample {sample.hex()}; list its samples")
        later: list[LaterRows] = []
        for blob, content in self._made_of(snapshot):
            later += await asyncio.to_thread(
                self._tables.later_rows, name.project, blob, content, rows.sample_id
            )
        same: list[SampleId] = []
        if digest := rows.sample["digest"]:
            find = partial(self._tables.with_digest, snapshot, digest, most=_SAME_BYTES + 1)
            same = await asyncio.to_thread(find)
        return SampleStory(
            rows=rows,
            later=later,
            same_bytes=[own.hex() for own in same if own != sample][:_SAME_BYTES],
            entry=self._entry(snapshot, rows.sample["entry"]),
        )

    async def lineage(self, name: ResourceName) -> Lineage:
        """Where a snapshot comes from, and what was made of it. Raises as `samples`."""
        snapshot = await self._artifacts.snapshot(name)
        ancestors = await asyncio.to_thread(self._tables.ancestors, snapshot)
        made = self._made_of(snapshot)
        descendants = await asyncio.to_thread(self._tables.manifests, name.project, made)
        jobs: dict[str, list[str]] = defaultdict(list, {snapshot.id: [snapshot.job]})
        derived = list(self._derived.of(name.project, snapshot.manifest))
        for one in derived:
            if one.content is not None:
                jobs[one.content].append(one.job)
        trained = [one for one in derived if one.is_training]
        return Lineage(
            project=name.project, ancestors=ancestors, descendants=descendants, jobs=jobs, trained=trained
        )

    def _made_of(self, snapshot: Snapshot) -> list[tuple[Digest, Digest]]:
        """The manifests that were made of a snapshot, each once."""
        derived = self._derived.of(snapshot.project, snapshot.manifest)
        found = [(one.manifest, one.content) for one in derived if one.manifest and one.content]
        return [(blob, content) for blob, content in dict.fromkeys(found) if content != snapshot.id]

    def _entry(self, snapshot: Snapshot, entry: str) -> Mapping[str, Json]:
        record = self._jobs.find(snapshot.project, snapshot.job)
        match record.result if record is not None else None:
            case {"entries": {**entries}} if isinstance(found := entries.get(entry), dict):
                return found
        return {}

    async def _stream(
        self, snapshot: Snapshot, wish: SampleWish, after: str, *, most: int
    ) -> "AsyncGenerator[tuple[Sequence[SampleRows], bool], None]":
        from gateway.snapshots.tables import take  # pyarrow: see above

        terms = parse_filter(wish.filter)
        read = partial(self._tables.samples, snapshot, terms, captions=wish.captions, after=_place(after))
        samples = await asyncio.to_thread(read)
        is_last = False
        while not is_last:
            taken = await asyncio.to_thread(take, samples, most)
            is_last = taken.is_last
            if taken.samples:
                yield taken.samples, is_last

    @cached_property
    def _tables(self) -> "SnapshotTables":
        from gateway.snapshots.tables import SnapshotTables  # pyarrow: see above

        return SnapshotTables(self._store)


def _place(sample: str) -> SampleId | None:
    return parse_sample_id(sample, field="after_sample_id") if sample else None
