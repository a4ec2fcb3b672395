"""Jobs of the encoder without an engine: planned, computed and finalised in this process."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakehouse.base_model import shared_blobs
from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json, canonical_bytes, canonical_digest
from bakehouse.digest import Digest
from bakehouse.jobs.attempt import Attempt
from bakehouse.jobs.isolation import Trial
from bakehouse.jobs.plan import PlanFor, PlanHeader, PlanReader, PlanWriter
from bakehouse.jobs.results import UnitResult, new_attempt
from bakehouse.jobs.sizing import Sizing
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, UnitRequest
from services.encoder.adapters.pillow_crop import read_crop
from services.encoder.adapters.torch_encoder import TorchEncoder
from services.encoder.runner import EncoderRunner
from services.encoder.stage import EncoderStage


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    kind: str
    spec: Json
    inputs: Mapping[str, Digest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    job: Job
    digest: Digest
    header: PlanHeader


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A store and an encoder, in this process."""

    blobs: Blobs
    scratch: Path
    runner: EncoderRunner

    def plan(self, job: Job) -> Planned:
        writer = PlanWriter(
            self.blobs,
            PlanFor(kind=job.kind, spec=canonical_digest(job.spec), inputs=job.inputs),
            stop=threading.Event(),
        )
        request = PlanRequest(
            kind=job.kind,
            spec=job.spec,
            inputs=job.inputs,
            blobs=self.blobs,
            sizing=Sizing(item_s=None),
            scratch=self.scratch,
        )
        summary = EncoderStage().plan(request, writer)
        digest, header = writer.finish(num_hits=summary.num_hits, context=summary.context)
        return Planned(job=job, digest=digest, header=header)

    def request(self, planned: Planned, number: int) -> UnitRequest:
        return UnitRequest(
            kind=planned.job.kind,
            spec=planned.job.spec,
            blobs=self.blobs,
            payload=PlanReader(self.blobs).unit(planned.digest, number).payload,
            job="j",
            plan=planned.digest,
            unit=number,
        )

    def compute(self, planned: Planned) -> list[UnitResult]:
        return [self._compute(self.request(planned, n)) for n in range(planned.header.num_units)]

    def finalise(self, planned: Planned, results: Sequence[UnitResult]) -> Any:
        return EncoderStage().finalise(
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

    def register(self, folder: Path) -> Digest:
        """The base model that a local folder has."""
        spec = {"files": put_folder(shared_blobs(self.blobs), folder)}
        _, result = self.bake(Job(kind="encoder.register", spec=spec, inputs={}))
        return Digest(result["base_model"])

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


def new_bench(blobs: Blobs, scratch: Path) -> Bench:
    scratch.mkdir()
    runner = EncoderRunner(TorchEncoder(scratch), read_crop, ThreadPoolExecutor(2))
    return Bench(blobs=blobs, scratch=scratch, runner=runner)


def put_folder(shared: Blobs, folder: Path) -> Digest:
    """Store a model's files; the digest of their listing."""
    lines = [
        canonical_bytes(
            {
                "digest": shared.put(path.read_bytes()),
                "name": path.relative_to(folder).as_posix(),
                "size_bytes": path.stat().st_size,
            }
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    return shared.put(b"".join(line + b"\n" for line in lines))
