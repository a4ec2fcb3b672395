"""From the contract's messages to the client's values, and back where the client sends some."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from bakehouse.client import values
from bakehouse.client.structs import plain
from bakehouse.digest import Digest
from bakehouse.v1 import event_pb2, job_pb2, project_pb2, studio_pb2


def project_of(message: project_pb2.Project) -> values.Project:
    """A project."""
    return values.Project(
        name=message.name,
        display_name=message.display_name,
        labels=dict(message.labels),
        create_time=time_of(message.create_time),
        update_time=time_of(message.update_time),
        etag=message.etag,
    )


def job_of(message: job_pb2.Job) -> values.Job:
    """A job."""
    return values.Job(
        name=message.name,
        kind=message.kind,
        spec=plain(message.spec) if message.HasField("spec") else None,
        inputs={role: Digest(digest) for role, digest in message.inputs.items()},
        priority=_priority_of(message.priority),
        state=values.JobState(job_pb2.Job.State.Name(message.state).removeprefix("STATE_")),
        progress=progress_of(message.progress),
        error=error_of(message.error) if message.HasField("error") else None,
        result=plain(message.result) if message.HasField("result") else None,
        epoch=message.epoch,
        create_time=time_of(message.create_time),
        start_time=time_of(message.start_time) if message.HasField("start_time") else None,
        end_time=time_of(message.end_time) if message.HasField("end_time") else None,
        etag=message.etag,
    )


def event_of(message: event_pb2.Event, *, resume_token: str) -> values.Event:
    """An event, with the place in the stream behind it."""
    return values.Event(
        id=message.id,
        type=message.type,
        subject=message.subject,
        time=time_of(message.time),
        data=plain(message.data),
        resume_token=resume_token,
    )


def studio_of(message: studio_pb2.Studio) -> values.Studio:
    """A studio."""
    return values.Studio(
        version=message.version,
        store_driver=message.store.driver,
        kinds=tuple(sorted(kind for service in message.services for kind in service.kinds)),
    )


def state_message(state: values.JobState) -> job_pb2.Job.State.ValueType:
    """A state as the contract counts it."""
    return job_pb2.Job.State.Value(f"STATE_{state}")


def priority_message(priority: values.Priority) -> job_pb2.Job.Priority.ValueType:
    """A priority as the contract counts it."""
    return job_pb2.Job.Priority.Value(f"PRIORITY_{priority}")


def _priority_of(priority: job_pb2.Job.Priority.ValueType) -> values.Priority:
    if priority == job_pb2.Job.PRIORITY_UNSPECIFIED:
        return values.Priority.AUTO
    return values.Priority(job_pb2.Job.Priority.Name(priority).removeprefix("PRIORITY_"))


def progress_of(message: job_pb2.JobProgress) -> values.JobProgress:
    """How far a job is."""
    is_paced = message.HasField("remaining_duration")
    return values.JobProgress(
        planned_units=message.planned_units,
        done_units=message.done_units,
        planned_items=message.planned_items,
        done_items=message.done_items,
        failed_items=message.failed_items,
        hit_items=message.hit_items,
        remaining_s=message.remaining_duration.ToNanoseconds() / 1e9 if is_paced else None,
    )


def error_of(message: job_pb2.JobError) -> values.JobError:
    """Why a job failed."""
    return values.JobError(reason=message.reason, message=message.message, details=dict(message.details))


def time_of(stamp: Timestamp) -> datetime:
    """A time, in UTC."""
    return stamp.ToDatetime(tzinfo=UTC)
