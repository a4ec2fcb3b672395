"""Between the messages of artifacts and what use cases take and give."""

from datetime import datetime

from bakehouse.digest import Digest
from bakehouse.jobs.record import JobState
from bakehouse.rpc.names import (
    ADAPTERS,
    BASE_MODELS,
    DATASETS,
    PROJECTS,
    SHARED,
    SNAPSHOTS,
    TRAINING_RUNS,
    ResourceName,
    parse_name,
)
from bakehouse.v1 import artifact_pb2, job_pb2
from gateway import blobs, jobs
from gateway.artifacts.artifacts import RegisteredModel, TrainingRun
from gateway.artifacts.listing import Adapter, Snapshot
from gateway.convert import job_progress, timestamp
from gateway.pipelines.convert import exports, set_aside_messages
from gateway.pipelines.listing import Dataset
from gateway.pipelines.record import pipeline_name, pipeline_of_job
from gateway.pipelines.stage_results import TrainResult, read_result


def adapters_parent(text: str) -> ResourceName:
    """Whose adapters a request wants: a project's, or a training run's."""
    return parse_name(text, PROJECTS, TRAINING_RUNS, field="parent")


def dataset_message(dataset: Dataset) -> artifact_pb2.Dataset:
    """A dataset as the API shows it."""
    return artifact_pb2.Dataset(
        name=_name(dataset.project, DATASETS, dataset.id),
        listing=_blob(dataset.project, dataset.listing) if dataset.listing else "",
        pipeline=str(pipeline_name(dataset.project, dataset.pipeline)),
        update_time=timestamp(dataset.time),
    )


def snapshot_message(snapshot: Snapshot) -> artifact_pb2.Snapshot:
    """A snapshot as the API shows it."""
    return artifact_pb2.Snapshot(
        name=_name(snapshot.project, SNAPSHOTS, snapshot.id),
        manifest=_blob(snapshot.project, snapshot.manifest),
        counts=snapshot.counts,
        job=str(jobs.name_of(snapshot.project, snapshot.job)),
        create_time=timestamp(snapshot.time),
        set_aside=set_aside_messages(snapshot.set_aside),
    )


def base_model_message(registered: RegisteredModel) -> artifact_pb2.BaseModel:
    """A base model as the API shows it."""
    model = registered.model
    return artifact_pb2.BaseModel(
        name=_name(SHARED, BASE_MODELS, registered.made.id),
        family=model.family,
        layout=model.layout,
        listing=_blob(SHARED, model.files),
        alignment=model.alignment,
        components=model.components,
        create_time=timestamp(registered.made.time),
    )


def run_message(run: TrainingRun, *, now: datetime) -> artifact_pb2.TrainingRun:
    """A training run as the API shows it at `now`."""
    job = run.job
    pipeline = pipeline_of_job(job.job, job.request)
    message = artifact_pb2.TrainingRun(
        name=_name(job.project, TRAINING_RUNS, job.job),
        pipeline=str(pipeline_name(job.project, pipeline)) if pipeline else "",
        job=str(jobs.name_of(job.project, job.job)),
        state=job_pb2.Job.State.Value(f"STATE_{job.state}"),
        progress=job_progress(job, now=now),
        create_time=timestamp(job.transitions[0].time) if job.transitions else None,
        end_time=timestamp(job.transitions[-1].time) if job.state.is_final else None,
    )
    if job.state is JobState.SUCCEEDED:
        result = read_result(TrainResult, job.result, job=job.job)
        message.losses = _blob(job.project, result.losses)
        message.adapters.extend(exports(result.adapters, job.project))
        message.seed = str(result.seed)
    else:
        message.adapters.extend(exports(run.exported, job.project))
    return message


def adapter_message(adapter: Adapter) -> artifact_pb2.Adapter:
    """An adapter as the API shows it."""
    return artifact_pb2.Adapter(
        name=_name(adapter.project, ADAPTERS, adapter.id),
        blob=_blob(adapter.project, Digest(adapter.id)),
        training_run=_name(adapter.project, TRAINING_RUNS, adapter.job),
        epoch=adapter.epoch,
        step=adapter.step,
        is_last=adapter.is_last,
        create_time=timestamp(adapter.time),
    )


def _name(project: str, collection: str, name: str) -> str:
    return str(ResourceName(project=project, collection=collection, id=name))


def _blob(project: str, digest: Digest) -> str:
    return str(blobs.name_of(project, digest))
