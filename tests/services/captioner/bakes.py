"""A job of `captioner.tag` without an engine: planned, computed and finalised in this process."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, UnitRequest
from services.captioner.adapters.model_files import ModelFiles
from services.captioner.adapters.onnx_tagger import OnnxTaggers
from services.captioner.adapters.pillow_square import read_square
from services.captioner.stage import CaptionerStage
from services.captioner.tagging import TagRunner
from tests.services.captioner.snapshots import Source, put_snapshot

KIND = "captioner.tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    digest: Digest
    header: PlanHeader
    spec: Json
    inputs: dict[str, Digest]


def plan(blobs: Blobs, spec: Json, sources: Sequence[Source], scratch: Path) -> Planned:
    inputs = {"snapshot": put_snapshot(blobs, sources, scratch)}
    writer = PlanWriter(
        blobs, PlanFor(kind=KIND, spec=canonical_digest(spec), inputs=inputs), stop=threading.Event()
    )
    request = PlanRequest(
        kind=KIND, spec=spec, inputs=inputs, blobs=blobs, sizing=Sizing(item_s=None), scratch=scratch
    )
    summary = CaptionerStage().plan(request, writer)
    digest, header = writer.finish(num_hits=summary.num_hits, context=summary.context)
    return Planned(digest=digest, header=header, spec=spec, inputs=inputs)


def make_runner(scratch: Path) -> TagRunner:
    taggers = OnnxTaggers(ModelFiles(scratch), num_threads=1)
    return TagRunner(taggers, read_square, ThreadPoolExecutor(2))


def unit_request(blobs: Blobs, planned: Planned, number: int) -> UnitRequest:
    payload = PlanReader(blobs).unit(planned.digest, number).payload
    return UnitRequest(
        kind=KIND,
        spec=planned.spec,
        blobs=blobs,
        payload=payload,
        job="j",
        plan=planned.digest,
        unit=number,
    )


def compute(blobs: Blobs, planned: Planned, scratch: Path) -> list[UnitResult]:
    runner = make_runner(scratch)
    return [_compute(runner, unit_request(blobs, planned, n)) for n in range(planned.header.num_units)]


def _compute(runner: TagRunner, request: UnitRequest) -> UnitResult:
    trial = Trial(excluded=(), batch_limit=None, probe=())
    outcome = Attempt(runner.open(request), trial, lambda _piece: None).run()
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


def finalise(blobs: Blobs, planned: Planned, results: Sequence[UnitResult], scratch: Path) -> Any:
    return CaptionerStage().finalise(
        FinaliseRequest(
            kind=KIND,
            spec=planned.spec,
            inputs=planned.inputs,
            blobs=blobs,
            plan=planned.header,
            results=iter(results),
            scratch=scratch,
        )
    )


def bake(blobs: Blobs, spec: Json, sources: Sequence[Source], scratch: Path) -> tuple[Planned, Any]:
    """All of a job: its plan and its result."""
    planned = plan(blobs, spec, sources, scratch)
    return planned, finalise(blobs, planned, compute(blobs, planned, scratch), scratch)
