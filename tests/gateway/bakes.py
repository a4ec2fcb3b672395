"""Recipes, pipelines and their jobs for tests that run nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, digest_bytes
from bakehouse.jobs.record import JobError, JobRecord, JobState, Transition
from bakehouse.registry.records import Resource
from gateway.pipelines.recipe import parse_recipe
from gateway.pipelines.record import (
    PIPELINE_KIND,
    Entered,
    NamedDataset,
    Pipeline,
    PipelineBody,
    PipelineState,
    encode_body,
    job_id,
    request_of,
)
from gateway.pipelines.steps import CHECKING, STAGES, Baking, Mode, stage_of_slot

BASE, PICS, TAGGER = (digest_bytes(name) for name in (b"base", b"pics", b"tagger"))
KIND_OF = {stage.name: stage.kind for stage in STAGES}
CHECK_OF = {stage.name: stage.check for stage in STAGES}
KINDS = [kind for stage in STAGES for kind in (stage.kind, stage.check) if kind]


def recipe(**changes: Json) -> dict[str, Json]:
    """A recipe with every stage. A section that is None is left out."""
    full: dict[str, Json] = {
        "base_model": BASE,
        "datasets": [{"id": "pics", "listing": PICS, "repeats": 3}],
        "captioning": {"tagger": TAGGER},
        "training": {"max_train_steps": 10, "clip_skip": 2},
    }
    return {key: value for key, value in {**full, **changes}.items() if value is not None}


def baking(mode: Mode = Mode.BAKE, *, fresh: str = "", **changes: Any) -> Baking:
    return Baking(recipe=parse_recipe(recipe(**changes)), mode=mode, fresh=fresh)


def digest(text: str) -> Digest:
    return digest_bytes(text.encode())


def job(slot: str, *, pipeline: str = "b", project: str = "p", **changes: Any) -> JobRecord:
    """A job of a pipeline that has succeeded, with a result as its stage gives it."""
    stage = stage_of_slot(slot)
    times = ("2026-01-01T00:00:00.000+00:00", "2026-01-01T00:00:09.000+00:00")
    record = JobRecord(
        service=KIND_OF[stage].partition(".")[0],
        project=project,
        job=job_id(pipeline, slot),
        kind=CHECK_OF[stage] if slot.endswith(CHECKING) else KIND_OF[stage],
        spec=digest("spec"),
        request=request_of(pipeline, slot),
        plan_only=slot != stage,
        version=1,
        state=JobState.SUCCEEDED,
        transitions=tuple(
            Transition(state=state, time=time)
            for state, time in zip((JobState.QUEUED, JobState.SUCCEEDED), times, strict=True)
        ),
        result={} if slot != stage else RESULTS[stage],
    )
    return replace(record, **changes)


def jobs(*slots: str, **others: JobRecord) -> dict[str, JobRecord]:
    """Jobs that have succeeded, by slot, and others as they are given."""
    return {**{slot: job(slot) for slot in slots}, **others}


def running(slot: str) -> JobRecord:
    return job(slot, state=JobState.RUNNING, result=None)


def failed(slot: str, message: str = "no more flour") -> JobRecord:
    return job(slot, state=JobState.FAILED, result=None, error=JobError(reason="CONFIG", message=message))


def planned(slot: str, items: int, hits: int = 0) -> JobRecord:
    return job(f"{slot}-plan", num_items=items, num_hits=hits)


def table(stage: str) -> Mapping[str, Json]:
    manifest = {"blob": digest(f"{stage} blob"), "content": digest(f"{stage} content")}
    return {"manifest": manifest, "counts": {"kept": 2}}


RESULTS: Mapping[str, Mapping[str, Json]] = {
    "register": {"base_model": digest("model")},
    "ingest": {"listings": {"pics": PICS}, "counts": {"found": 2, "kept": 2}},
    "survey": {"counts": {"kept": 2}, "buckets": {"64x64": 2}, "entries": {}},
    "snapshot": table("snapshot"),
    "captions": table("captions"),
    "latents": table("latents"),
    "texts": {**table("texts"), "empty": {"key": digest("empty"), "row": 0}},
    "train": {
        "adapter": digest("adapter 2"),
        "adapters": [
            {"epoch": epoch, "step": 5 * epoch, "digest": digest(f"adapter {epoch}")} for epoch in (1, 2)
        ],
        "losses": digest("losses"),
        "samples": [{"epoch": 1, "step": 5, "prompt": "a cake", "seed": 7, "digest": digest("png")}],
        "metadata": {"ss_steps": "10"},
        "seed": 42,
        "steps": 10,
    },
}


def pipeline(
    name: str = "b", *, project: str = "p", version: int = 1, created: int = 0, **changes: Any
) -> Pipeline:
    """A queued pipeline, created so many seconds after a certain moment."""
    time = f"2026-01-01T00:00:{created:02d}.000+00:00"
    body = replace(
        PipelineBody(
            recipe=digest("recipe"),
            mode=Mode.BAKE,
            fresh="",
            stages=tuple(stage for stage in KIND_OF if stage not in {"ingest", "survey"}),
            datasets=(NamedDataset(id="pics", listing=PICS),),
            entered=(Entered(state=PipelineState.QUEUED, time=time),),
        ),
        **changes,
    )
    resource = Resource(
        project=project,
        kind=PIPELINE_KIND,
        id=name,
        version=version,
        body=encode_body(body),
        create_time=time,
        update_time=time,
    )
    return Pipeline(resource=resource, body=body)


def states(*entered: PipelineState) -> tuple[Entered, ...]:
    return tuple(
        Entered(state=state, time=f"2026-01-01T00:01:{n:02d}.000+00:00") for n, state in enumerate(entered)
    )
