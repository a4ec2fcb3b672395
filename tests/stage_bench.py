"""Jobs of one stage without an engine: planned, computed and finalised in this process."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.digest import Digest
from bakehouse.jobs.attempt import Attempt
from bakehouse.jobs.isolation import Trial
from bakehouse.jobs.plan import PlanFor, PlanHeader, PlanReader, PlanWriter
from bakehouse.jobs.results import UnitResult, new_attempt
from bakehouse.jobs.sizing import Sizing
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, Runner, Stage, UnitRequest, UnitWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked of a stage."""

    kind: str
    spec: Json
    inputs: Mapping[str, Digest] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A job and its plan."""

    job: Job
    digest: Digest
    header: PlanHeader


class Nobody:
    """The runner where nothing is to be computed."""

    def open(self, request: UnitRequest) -> UnitWork:
        raise AssertionError(f"unit {request.unit} of {request.kind} is to be computed")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageBench:
    """A store, a stage and who computes its units."""

    blobs: Blobs
    scratch: Path
    stage: Stage
    runner: Runner = field(default_factory=Nobody)

    def plan(self, job: Job) -> Planned:
        about = PlanFor(kind=job.kind, spec=canonical_digest(job.spec))
        writer = PlanWriter(self.blobs, about, stop=threading.Event())
        request = PlanRequest(
            kind=job.kind,
            spec=job.spec,
            inputs=job.inputs,
            blobs=self.blobs,
            sizing=Sizing(item_s=None),
            scratch=self.scratch,
        )
        summary = self.stage.plan(request, writer)
        digest, header = writer.finish(num_hits=summary.num_hits, context=summary.context)
        return Planned(job=job, digest=digest, header=header)

    def request(self, planned: Planned, number: int) -> UnitRequest:
        """What a worker's child is asked for unit `number`."""
        return UnitRequest(
            kind=planned.job.kind,
            spec=planned.job.spec,
            blobs=self.blobs,
            payload=PlanReader(self.blobs).unit(planned.digest, number).payload,
            job="j",
            plan=planned.digest,
            unit=number,
            inputs=planned.job.inputs,
        )

    def compute(self, planned: Planned) -> list[UnitResult]:
        return [self._compute(self.request(planned, n)) for n in range(planned.header.num_units)]

    def finalise(self, planned: Planned, results: Sequence[UnitResult] = ()) -> Any:
        return self.stage.finalise(
            FinaliseRequest(
                kind=planned.job.kind,
                spec=planned.job.spec,
                inputs=planned.job.inputs,
                blobs=self.blobs,
                plan=planned.header,
                results=iter(results),
                scratch=self.scratch,
            )
        )

    def bake(self, job: Job) -> tuple[Planned, Any]:
        """All of a job: its plan and its result."""
        planned = self.plan(job)
        return planned, self.finalise(planned, self.compute(planned))

    def _compute(self, request: UnitRequest) -> UnitResult:
        trial = Trial(excluded=(), batch_limit=None, probe=())
        outcome = Attempt(self.runner.open(request), trial, lambda _piece: None).run()
        return UnitResult(
            job=request.job,
            plan=request.plan,
            unit=request.unit,
            attempt=new_attempt(),
            num_done=outcome.num_done,
            failures=outcome.failures,
            outputs=outcome.outputs.outputs,
            blobs=tuple(outcome.outputs.blobs),
        )
