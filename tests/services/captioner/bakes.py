"""Jobs of `captioner.tag` without an engine: planned, computed and finalised in this process."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.jobs.results import UnitResult
from services.captioner.adapters.model_files import ModelFiles
from services.captioner.adapters.onnx_tagger import OnnxTaggers
from services.captioner.adapters.pillow_square import read_square
from services.captioner.stage import CaptionerStage
from services.captioner.tagging import TagRunner
from tests.services.captioner.snapshots import Source, put_snapshot
from tests.stage_bench import Job, Planned, StageBench


def new_bench(blobs: Blobs, scratch: Path) -> StageBench:
    taggers = OnnxTaggers(ModelFiles(scratch), num_threads=1)
    runner = TagRunner(taggers, read_square, ThreadPoolExecutor(2))
    return StageBench(blobs=blobs, scratch=scratch, stage=CaptionerStage(), runner=runner)


def plan(blobs: Blobs, spec: Json, sources: Sequence[Source], scratch: Path) -> Planned:
    inputs = {"snapshot": put_snapshot(blobs, sources, scratch)}
    return new_bench(blobs, scratch).plan(Job(kind="captioner.tag", spec=spec, inputs=inputs))


def compute(blobs: Blobs, planned: Planned, scratch: Path) -> list[UnitResult]:
    return new_bench(blobs, scratch).compute(planned)


def finalise(blobs: Blobs, planned: Planned, results: Sequence[UnitResult], scratch: Path) -> Any:
    return new_bench(blobs, scratch).finalise(planned, results)


def bake(blobs: Blobs, spec: Json, sources: Sequence[Source], scratch: Path) -> tuple[Planned, Any]:
    """All of a job: its plan and its result."""
    planned = plan(blobs, spec, sources, scratch)
    return planned, finalise(blobs, planned, compute(blobs, planned, scratch), scratch)
