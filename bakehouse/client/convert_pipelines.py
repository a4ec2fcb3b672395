"""From the contract's messages of pipelines to the client's values."""

from collections.abc import Iterable

from bakehouse.client import pipeline_values as values
from bakehouse.client.convert import error_of, progress_of, time_of
from bakehouse.client.structs import plain
from bakehouse.client.values import JobState
from bakehouse.digest import Digest
from bakehouse.v1 import job_pb2, pipeline_pb2


def pipeline_of(message: pipeline_pb2.Pipeline) -> values.Pipeline:
    """A pipeline."""
    return values.Pipeline(
        name=message.name,
        mode=_mode_of(message.mode),
        fresh=message.fresh,
        state=values.PipelineState(pipeline_pb2.Pipeline.State.Name(message.state).removeprefix("STATE_")),
        stages=tuple(_stage_of(stage) for stage in message.stages),
        recipe=plain(message.recipe) if message.HasField("recipe") else None,
        result=_result_of(message.result) if message.HasField("result") else None,
        error=_pipeline_error_of(message.error) if message.HasField("error") else None,
        is_stopping=message.stop_requested,
        create_time=time_of(message.create_time),
        end_time=time_of(message.end_time) if message.HasField("end_time") else None,
        etag=message.etag,
    )


def state_message(state: values.PipelineState) -> pipeline_pb2.Pipeline.State.ValueType:
    """A state as the contract counts it."""
    return pipeline_pb2.Pipeline.State.Value(f"STATE_{state}")


def mode_message(mode: values.PipelineMode) -> pipeline_pb2.Pipeline.Mode.ValueType:
    """A mode as the contract counts it."""
    return pipeline_pb2.Pipeline.Mode.Value(f"MODE_{mode}")


def export_of(message: pipeline_pb2.AdapterExport) -> values.AdapterExport:
    """An exported adapter."""
    return values.AdapterExport(epoch=message.epoch, step=message.step, digest=last_part(message.blob))


def set_aside_of(messages: Iterable[pipeline_pb2.SetAside]) -> tuple[values.SetAside, ...]:
    """Pictures that are not used."""
    return tuple(
        values.SetAside(dataset=found.dataset, name=found.name, reason=found.reason, detail=found.detail)
        for found in messages
    )


def _mode_of(mode: pipeline_pb2.Pipeline.Mode.ValueType) -> values.PipelineMode:
    is_plan = mode == pipeline_pb2.Pipeline.MODE_PLAN
    return values.PipelineMode.PLAN if is_plan else values.PipelineMode.BAKE


def _stage_of(message: pipeline_pb2.PipelineStage) -> values.Stage:
    is_started = message.state != job_pb2.Job.STATE_UNSPECIFIED
    state = job_pb2.Job.State.Name(message.state).removeprefix("STATE_")
    return values.Stage(
        name=message.name,
        job=message.job,
        state=JobState(state) if is_started else None,
        progress=progress_of(message.progress) if message.HasField("progress") else None,
        error=error_of(message.error) if message.HasField("error") else None,
        create_time=time_of(message.create_time) if message.HasField("create_time") else None,
        end_time=time_of(message.end_time) if message.HasField("end_time") else None,
    )


def _result_of(message: pipeline_pb2.PipelineResult) -> values.PipelineResult:
    return values.PipelineResult(
        adapter=digest_of(message.adapter),
        adapters=tuple(map(export_of, message.adapters)),
        losses=digest_of(message.losses),
        samples=tuple(_sample_of(sample) for sample in message.samples),
        metadata=plain(message.metadata),
        seed=int(message.seed) if message.seed else None,
        manifests=tuple(
            values.StageManifest(
                stage=found.stage,
                blob=last_part(found.blob),
                content=found.content,
                counts=dict(found.counts),
                set_aside=set_aside_of(found.set_aside),
            )
            for found in message.manifests
        ),
        base_model=digest_of(message.base_model),
        planned=tuple(_planned_of(planned) for planned in message.planned),
        found=tuple(message.found),
    )


def _sample_of(message: pipeline_pb2.TrainingSample) -> values.TrainingSample:
    return values.TrainingSample(
        epoch=message.epoch,
        step=message.step,
        prompt=message.prompt,
        seed=int(message.seed or 0),
        digest=last_part(message.blob),
    )


def _planned_of(message: pipeline_pb2.PlannedStage) -> values.PlannedStage:
    marks = {
        pipeline_pb2.PlannedStage.MARK_EXACT: values.Mark.EXACT,
        pipeline_pb2.PlannedStage.MARK_AT_MOST: values.Mark.AT_MOST,
    }
    return values.PlannedStage(
        stage=message.stage,
        planned_items=message.planned_items,
        hit_items=message.hit_items,
        mark=marks.get(message.mark, values.Mark.UNKNOWN),
        reason=message.reason,
    )


def _pipeline_error_of(message: pipeline_pb2.PipelineError) -> values.PipelineError:
    return values.PipelineError(stage=message.stage, reason=message.reason, message=message.message)


def digest_of(name: str) -> Digest | None:
    """The digest that a resource's name ends with; None where there is no name."""
    return last_part(name) if name else None


def last_part(name: str) -> Digest:
    """The digest in the name of a blob or a base model."""
    return Digest(name.rpartition("/")[2])
