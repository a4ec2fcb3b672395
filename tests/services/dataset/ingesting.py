"""Ingests as the engine runs them, unit by unit, in this process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.digest import Digest
from bakehouse.jobs.plan import PlanFor, PlanHeader, PlanReader, PlanWriter
from bakehouse.jobs.results import UnitResult
from bakehouse.jobs.sizing import Sizing
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, UnitRequest
from services.dataset.domain.listing import Listed, ListedFile, MissingFile, read_listing
from services.dataset.fetch_items import FetchWork
from services.dataset.plan_ingest import plan_ingest
from services.dataset.ports import Fetched, RefusedItem, Source, SourceItem, Sources
from services.dataset.source_specs import SourceSpec
from services.dataset.write_listings import write_listings

KIND = "dataset.ingest"


@dataclass(frozen=True, kw_only=True)
class Ingest:
    """One job."""

    blobs: Blobs
    scratch: Path
    sources: Sources
    spec: Mapping[str, Json]
    item_s: float = 1.0

    def plan(self) -> tuple[Digest, PlanHeader]:
        request = PlanRequest(
            kind=KIND,
            spec=self.spec,
            inputs={},
            blobs=self.blobs,
            sizing=Sizing(item_s=self.item_s),
            scratch=self.scratch,
        )
        writer = PlanWriter(
            self.blobs, PlanFor(kind=KIND, spec=canonical_digest(dict(self.spec))), stop=Event()
        )
        summary = plan_ingest(request, writer, self.sources)
        return writer.finish(num_hits=summary.num_hits, context=summary.context)

    def run(self, plan: Digest) -> list[UnitResult]:
        reader = PlanReader(self.blobs)
        return [self._run(plan, number, reader) for number in range(reader.header(plan).num_units)]

    def finalise(self, plan: Digest, results: Sequence[UnitResult]) -> Any:
        return write_listings(
            FinaliseRequest(
                kind=KIND,
                spec=self.spec,
                inputs={},
                blobs=self.blobs,
                plan=PlanReader(self.blobs).header(plan),
                results=iter(results),
                scratch=self.scratch,
            )
        )

    def whole(self) -> tuple[Any, PlanHeader]:
        plan, header = self.plan()
        return self.finalise(plan, self.run(plan)), header

    def _run(self, plan: Digest, number: int, reader: PlanReader) -> UnitResult:
        work = FetchWork(
            UnitRequest(
                kind=KIND,
                spec=self.spec,
                blobs=self.blobs,
                payload=reader.unit(plan, number).payload,
                job="j",
                plan=plan,
                unit=number,
            ),
            self.sources,
        )
        failures = [failure for batch in work.batches for failure in work.run(batch)]
        return UnitResult(
            job="j",
            plan=plan,
            unit=number,
            attempt="0" * 12,
            num_done=1,
            failures=tuple(failures),
            outputs=work.close().outputs,
        )


def listed(blobs: Blobs, result: Any, entry: str = "cats") -> list[Listed]:
    return list(read_listing(blobs.open(Digest(result["listings"][entry])), what=entry))


def contents(blobs: Blobs, result: Any, entry: str = "cats") -> dict[str, bytes]:
    """What was had, by name."""
    return {
        file.name: blobs.get(file.digest)
        for file in listed(blobs, result, entry)
        if isinstance(file, ListedFile)
    }


def missing(blobs: Blobs, result: Any, entry: str = "cats") -> dict[str, str]:
    """Why the rest was not, by name."""
    return {file.name: file.reason for file in listed(blobs, result, entry) if isinstance(file, MissingFile)}


def look(source: Source) -> tuple[list[SourceItem], dict[str, str]]:
    """What a source has: items, and refused ones with the reason."""
    found = list(source.items())
    items = [item for item in found if isinstance(item, SourceItem)]
    return items, {item.name: item.reason for item in found if isinstance(item, RefusedItem)}


class OneSource:
    """`Sources` that know one."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def open(self, spec: SourceSpec, blobs: Blobs) -> Source:
        return self.source


def fetch_all(source: Source, blobs: Blobs) -> dict[str, Fetched]:
    return {item.name: source.fetch(item, blobs) for item in look(source)[0]}
