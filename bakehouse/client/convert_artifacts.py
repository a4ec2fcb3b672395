"""From the contract's messages of artifacts to the client's values."""

from bakehouse.client import artifact_values as values
from bakehouse.client.convert import progress_of, time_of
from bakehouse.client.convert_pipelines import digest_of, export_of, last_part, set_aside_of
from bakehouse.client.values import JobState
from bakehouse.digest import Digest
from bakehouse.v1 import artifact_pb2, job_pb2


def dataset_of(message: artifact_pb2.Dataset) -> values.Dataset:
    """A dataset."""
    return values.Dataset(
        name=message.name,
        listing=digest_of(message.listing),
        pipeline=message.pipeline,
        update_time=time_of(message.update_time),
    )


def snapshot_of(message: artifact_pb2.Snapshot) -> values.Snapshot:
    """A snapshot."""
    return values.Snapshot(
        name=message.name,
        manifest=last_part(message.manifest),
        counts=dict(message.counts),
        set_aside=set_aside_of(message.set_aside),
        job=message.job,
        create_time=time_of(message.create_time),
    )


def base_model_of(message: artifact_pb2.BaseModel) -> values.BaseModel:
    """A base model."""
    return values.BaseModel(
        name=message.name,
        family=message.family,
        layout=message.layout,
        listing=last_part(message.listing),
        alignment=message.alignment,
        components={part: Digest(digest) for part, digest in message.components.items()},
        create_time=time_of(message.create_time),
    )


def training_run_of(message: artifact_pb2.TrainingRun) -> values.TrainingRun:
    """A training run."""
    return values.TrainingRun(
        name=message.name,
        pipeline=message.pipeline,
        job=message.job,
        state=JobState(job_pb2.Job.State.Name(message.state).removeprefix("STATE_")),
        progress=progress_of(message.progress),
        losses=digest_of(message.losses),
        adapters=tuple(map(export_of, message.adapters)),
        seed=int(message.seed) if message.seed else None,
        create_time=time_of(message.create_time),
        end_time=time_of(message.end_time) if message.HasField("end_time") else None,
    )


def adapter_of(message: artifact_pb2.Adapter) -> values.Adapter:
    """An adapter."""
    return values.Adapter(
        name=message.name,
        digest=last_part(message.blob),
        training_run=message.training_run,
        epoch=message.epoch,
        step=message.step,
        is_last=message.is_last,
        create_time=time_of(message.create_time),
    )
