"""Between the messages of pipelines and what use cases take and give."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.ids import parse_id
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.rpc.etags import etag_of
from bakehouse.rpc.names import BASE_MODELS, PIPELINES, SHARED, ResourceName, parse_name
from bakehouse.v1 import job_pb2, pipeline_pb2
from gateway import blobs, jobs
from gateway.convert import code_of_reason, job_error, job_progress, struct_message, timestamp
from gateway.pipelines.forecast import Forecast
from gateway.pipelines.listing import PipelineFilter
from gateway.pipelines.pipelines import PipelineView, PipelineWish
from gateway.pipelines.record import MAX_PIPELINE_ID, Pipeline, PipelineState
from gateway.pipelines.stage_results import (
    ExportResult,
    IngestResult,
    RegisterResult,
    SetAside,
    TableResult,
    TrainResult,
    read_result,
)
from gateway.pipelines.steps import CHECKING, PLANNING, Mode, results_of
from gateway.structs import json_of

_MODES = {
    pipeline_pb2.Pipeline.MODE_UNSPECIFIED: Mode.BAKE,
    pipeline_pb2.Pipeline.MODE_BAKE: Mode.BAKE,
    pipeline_pb2.Pipeline.MODE_PLAN: Mode.PLAN,
}


def pipeline_id(text: str) -> str:
    """The id that a request chooses for its pipeline; empty where it chooses none."""
    if len(text) > MAX_PIPELINE_ID:
        raise InvalidInputError(
            f"pipeline_id: {len(text)} characters; use at most {MAX_PIPELINE_ID}", field="pipeline_id"
        )
    return parse_id(text, field="pipeline_id") if text else ""


def pipeline_of(text: str) -> ResourceName:
    """The pipeline that a request names."""
    return parse_name(text, PIPELINES)


def pipeline_wish(message: pipeline_pb2.Pipeline) -> PipelineWish:
    """The pipeline that a request wants."""
    return PipelineWish(
        recipe=json_of(message.recipe, field="pipeline.recipe"),
        mode=_mode(message.mode, field="pipeline.mode"),
        fresh=message.fresh,
    )


def pipeline_filter(request: pipeline_pb2.ListPipelinesRequest) -> PipelineFilter:
    """Which pipelines a request wants to see."""
    if request.state not in pipeline_pb2.Pipeline.State.values():
        raise InvalidInputError(f"state: {request.state} is no state; see Pipeline.State", field="state")
    name = pipeline_pb2.Pipeline.State.Name(request.state).removeprefix("STATE_")
    return PipelineFilter(
        state=PipelineState(name) if request.state else None,
        mode=_mode(request.mode, field="mode") if request.mode else None,
    )


def pipeline_message(view: PipelineView, *, now: datetime) -> pipeline_pb2.Pipeline:
    """A pipeline as the API shows it at `now`."""
    pipeline, body = view.pipeline, view.pipeline.body
    message = pipeline_pb2.Pipeline(
        name=str(pipeline.name),
        mode=pipeline_pb2.Pipeline.Mode.Value(f"MODE_{body.mode}"),
        fresh=body.fresh,
        state=pipeline_pb2.Pipeline.State.Value(f"STATE_{body.state}"),
        stages=[_stage(view, name, now=now) for name in body.stages],
        error=_error(pipeline),
        stop_requested=body.stop_requested,
        create_time=timestamp(pipeline.resource.create_time),
        end_time=timestamp(body.entered[-1].time) if body.state.is_final else None,
        etag=etag_of(pipeline.resource.version),
    )
    if view.recipe is not None:
        message.recipe.CopyFrom(struct_message(view.recipe))
        message.result.CopyFrom(_result(view))
    return message


def exports(adapters: Iterable[ExportResult], project: str) -> list[pipeline_pb2.AdapterExport]:
    """The adapters that a run exported, as the API shows them."""
    return [
        pipeline_pb2.AdapterExport(epoch=entry.epoch, step=entry.step, blob=_blob(project, entry.digest))
        for entry in adapters
    ]


def set_aside_messages(entries: Iterable[SetAside]) -> list[pipeline_pb2.SetAside]:
    """What is not used, as the API shows it."""
    return [
        pipeline_pb2.SetAside(dataset=entry.entry, name=entry.name, reason=entry.reason, detail=entry.detail)
        for entry in entries
    ]


def _mode(number: int, *, field: str) -> Mode:
    if number not in _MODES:
        raise InvalidInputError(f"{field}: {number} is no mode; see Pipeline.Mode", field=field)
    return _MODES[number]  # type: ignore[index]  # it was just found


def _stage(view: PipelineView, name: str, *, now: datetime) -> pipeline_pb2.PipelineStage:
    pipeline = view.pipeline
    slot = _slot(view, name)
    message = pipeline_pb2.PipelineStage(
        name=name, job=str(jobs.name_of(pipeline.resource.project, pipeline.job_id(slot)))
    )
    job = view.jobs.get(slot)
    if job is not None:
        message.MergeFrom(_stage_of(job, now=now))
    return message


def _slot(view: PipelineView, name: str) -> str:
    """Which job of a stage is shown: that which ran or will run, or what came before and was all."""
    planned, check = name + PLANNING, view.jobs.get(name + CHECKING)
    if name in view.jobs:
        return name
    if check is not None and check.state is JobState.FAILED:
        return name + CHECKING
    return planned if planned in view.pipeline.slots else name


def _stage_of(job: JobRecord, *, now: datetime) -> pipeline_pb2.PipelineStage:
    times = {transition.state: timestamp(transition.time) for transition in job.transitions}
    return pipeline_pb2.PipelineStage(
        state=job_pb2.Job.State.Value(f"STATE_{job.state}"),
        progress=job_progress(job, now=now),
        error=job_error(job),
        create_time=times.get(JobState.QUEUED),
        end_time=times.get(job.state) if job.state.is_final else None,
    )


def _error(pipeline: Pipeline) -> pipeline_pb2.PipelineError | None:
    error = pipeline.body.error
    if error is None:
        return None
    return pipeline_pb2.PipelineError(
        stage=error.stage, code=code_of_reason(error.reason), message=error.message, reason=error.reason
    )


def _result(view: PipelineView) -> pipeline_pb2.PipelineResult:
    project, done = view.pipeline.resource.project, results_of(view.jobs)
    message = pipeline_pb2.PipelineResult(
        manifests=_manifests(view), planned=[_planned(entry) for entry in view.forecast]
    )
    if "ingest" in done:
        message.found.extend(read_result(IngestResult, done["ingest"], job=view.jobs["ingest"].job).found)
    if "register" in done:
        registered = read_result(RegisterResult, done["register"], job=view.jobs["register"].job)
        name = ResourceName(project=SHARED, collection=BASE_MODELS, id=registered.base_model)
        message.base_model = str(name)
    if "train" in done:
        trained = read_result(TrainResult, done["train"], job=view.jobs["train"].job)
        message.MergeFrom(_trained(trained, project))
    return message


def _trained(result: TrainResult, project: str) -> pipeline_pb2.PipelineResult:
    return pipeline_pb2.PipelineResult(
        adapter=_blob(project, result.adapter),
        adapters=exports(result.adapters, project),
        losses=_blob(project, result.losses),
        samples=[
            pipeline_pb2.TrainingSample(
                epoch=entry.epoch,
                step=entry.step,
                prompt=entry.prompt,
                seed=str(entry.seed),
                blob=_blob(project, entry.digest),
            )
            for entry in result.samples
        ],
        metadata=struct_message(result.metadata),
        seed=str(result.seed),
    )


def _manifests(view: PipelineView) -> Iterator[pipeline_pb2.StageManifest]:
    done = results_of(view.jobs)
    for stage in view.pipeline.body.stages:
        if "manifest" in done.get(stage, {}):
            result = read_result(TableResult, done[stage], job=view.jobs[stage].job)
            yield pipeline_pb2.StageManifest(
                stage=stage,
                blob=_blob(view.pipeline.resource.project, result.manifest.blob),
                content=result.manifest.content,
                counts=result.counts,
                set_aside=set_aside_messages(result.set_aside),
            )


def _planned(entry: Forecast) -> pipeline_pb2.PlannedStage:
    return pipeline_pb2.PlannedStage(
        stage=entry.stage,
        planned_items=entry.planned_items,
        hit_items=entry.hit_items,
        mark=pipeline_pb2.PlannedStage.Mark.Value(f"MARK_{entry.mark}"),
        reason=entry.reason,
    )


def _blob(project: str, digest: Digest) -> str:
    return str(blobs.name_of(project, digest))
