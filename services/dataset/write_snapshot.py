"""Finalises a snapshot: puts probes, texts and rules together, settles duplicates, writes its tables."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from bakehouse.cache.computed import computed_by
from bakehouse.cache.once import Once
from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.stage import FinaliseRequest
from bakehouse.manifest.columns import Batch
from bakehouse.manifest.header import Manifest
from bakehouse.manifest.schema import TABLES
from bakehouse.manifest.spool import Spool
from bakehouse.manifest.store import save_manifest
from bakehouse.manifest.table import TableRef
from bakehouse.manifest.writing import TableWriter
from services.dataset.domain.bucketing import BUCKETING_REVISION
from services.dataset.domain.decoding import DECODE_DIGEST
from services.dataset.domain.duplicates import Kind, Verdict, judge
from services.dataset.domain.gathering import Gathering
from services.dataset.domain.listing import MissingFile
from services.dataset.domain.probe import PROBE_KIND
from services.dataset.domain.sample import Found, Rows, SampleRules, make_rows
from services.dataset.domain.sample_columns import moved
from services.dataset.domain.set_aside import LeftOut, SetAside, named
from services.dataset.domain.settling import Settling, names_of, reported
from services.dataset.domain.tally import Tally
from services.dataset.entries import Entry, SnapshotSpec, parse_snapshot
from services.dataset.found_files import found_files
from services.dataset.ports import Pixels, Tables
from services.dataset.probes import Probes
from services.dataset.same_pixels import SamePixels
from services.dataset.table_join import TableJoin, joined

_TABLES = ("samples", "buckets", "captions")


def write_snapshot(request: FinaliseRequest, tables: Tables, pixels: Pixels) -> Json:
    """The snapshot's manifest, its counts, and what was asked for without having work here.

    Raises:
        InvalidInputError: no picture of an entry can be used.
    """
    spec = parse_snapshot(request.spec)
    once: Once[str] = Once(request.blobs, kind=PROBE_KIND, encoder=DECODE_DIGEST, scratch=request.scratch)
    computed = computed_by(request.results)
    once.publish(computed.entries)  # before anything is refused below: what was probed stays known
    locations = once.locate(_hits(request), computed.entries)
    probes = Probes(request.blobs, locations, computed.failures)
    with ExitStack() as stack:
        spools = {name: stack.enter_context(Spool(request.scratch)) for name in _TABLES}
        snapshot = _Snapshot(request, spec, spools, pixels)
        for entry in spec.entries:
            with joined(tables, request.blobs, entry.spec, request.scratch) as join:
                snapshot.add(entry, probes, join)
        return snapshot.write()


class _Snapshot:
    """A snapshot being made: first all rows are gathered, then duplicates are settled and tables written."""

    def __init__(
        self, request: FinaliseRequest, spec: SnapshotSpec, spools: Mapping[str, Spool], pixels: Pixels
    ) -> None:
        self._request = request
        self._same = SamePixels(request.blobs, request.scratch, pixels)
        self._spec = spec
        self._spools = spools
        self._gathering = Gathering()
        self._tally = Tally()
        self._set_aside: list[SetAside] = []
        self._reported: list[Json] = []
        self._num_kept = 0

    def add(self, entry: Entry, probes: Probes, join: TableJoin | None = None) -> None:
        """Gather an entry's rows.

        Raises:
            InvalidInputError: none of its pictures can be used.
        """
        left_out = LeftOut()
        counts = Counter[str]()
        before = self._num_kept
        self._gathering.begin(entry.duplicates, _realm(entry))
        how = SampleRules(spec=entry.spec, rules=entry.rules, captions=entry.captions, seed=self._spec.seed)
        for files in found_files(self._request.blobs, entry, probes, join):
            rows = make_rows(how, files)
            left_out.watch(rows)
            counts.update(rows.reasons())
            self._tally.add(Counter(size_differs=sum(_is_misdeclared(file) for file in files)))
            self._keep(rows)
        if self._num_kept == before:
            raise InvalidInputError(f"dataset {entry.spec.id}: {left_out.why_nothing(counts)}")
        self._set_aside += left_out.named

    def write(self) -> Json:
        """Settle duplicates, write all tables; the job's result."""
        tables = self._written()
        manifest = Manifest(
            stage="snapshot",
            revision=BUCKETING_REVISION,
            spec=canonical_digest(self._request.spec),
            tables=tables,
        )
        ref = save_manifest(self._request.blobs, manifest)
        spec = self._spec
        return {
            "manifest": {"blob": ref.blob, "content": ref.content},
            "counts": self._tally.counts,
            "set_aside": named(self._set_aside),
            "duplicates": self._reported,
            "buckets": dict(sorted(self._tally.buckets.items())),
            "entries": {entry.spec.id: dict(entry.trained_as) for entry in spec.entries},
            "replaced": [replaced.to_json() for replaced in spec.replaced],
        }

    def _keep(self, rows: Rows) -> None:
        self._gathering.add(rows.samples, rows.said)
        self._spools["samples"].add(rows.samples)
        self._spools["buckets"].add(rows.buckets)
        self._spools["captions"].add(moved(rows.captions, self._num_kept))
        self._num_kept += rows.num_kept

    def _written(self) -> dict[str, TableRef]:
        pictures = self._gathering.all()
        samples, buckets, captions = (self._spools[name] for name in _TABLES)
        verdict = judge(pictures, self._same.contents(pictures, samples.batches()))
        settling, tally = Settling(pictures, verdict), self._tally
        names = names_of(samples.batches(), verdict)
        self._reported = reported(verdict, names)
        tally.add(_reported(verdict))
        writer = TableWriter(self._request.blobs, scratch=self._request.scratch)
        rows = {
            "samples": tally.samples(self._told(settling.samples(samples.batches(), names))),
            "buckets": tally.buckets_of(settling.buckets(buckets.batches())),
            "captions": tally.captions(settling.captions(captions.batches(), captions.batches())),
        }
        return {name: writer.write(TABLES[name], batches) for name, batches in rows.items()}

    def _told(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The same rows; of duplicates that are set aside the first are kept to be told of."""
        left_out = LeftOut()
        for batch in batches:
            left_out.watch_duplicates(batch)
            yield batch
        self._set_aside += left_out.named


def _is_misdeclared(file: Found | MissingFile) -> bool:
    return isinstance(file, Found) and file.is_misdeclared


def _realm(entry: Entry) -> Hashable:
    """What pictures must share to be compared: a folder in two entries of two resolutions is meant."""
    rules = entry.rules
    return (
        entry.spec.is_regularisation_data,
        rules.in_area,
        rules.resolution,
        replace(entry.decoding, with_face=False),
    )


def _reported(verdict: Verdict) -> Counter[str]:
    return Counter(
        {
            "duplicates.exact": verdict.count(Kind.EXACT, is_out=False),
            "duplicates.near": verdict.count(Kind.NEAR, is_out=False),
        }
    )


def _hits(request: FinaliseRequest) -> Digest:
    context: Any = request.plan.context
    return Digest(context["hits"])
