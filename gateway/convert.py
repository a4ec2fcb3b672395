"""Between the messages of the API and what use cases take and give. Requests are checked here, once.

Uploads and blobs have a file of their own.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from bakehouse.canonical_json import Json
from bakehouse.digest import parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.events.shapes import Event
from bakehouse.ids import parse_id
from bakehouse.jobs.record import JobRecord, JobState, Priority
from bakehouse.rpc.etags import etag_of
from bakehouse.rpc.names import JOBS, PIPELINES, PROJECTS, ResourceName, parse_name
from bakehouse.rpc.status import TABLE
from bakehouse.v1 import event_pb2, job_pb2, project_pb2, studio_pb2
from gateway import jobs
from gateway.creation import Asking
from gateway.jobs import JobWish
from gateway.listings import JobFilter
from gateway.pace import remaining_s
from gateway.projects import Project, ProjectChange, ProjectFields
from gateway.structs import json_of, struct_of
from gateway.studio import Studio
from gateway.watch import Seen

_MAX_REQUEST_ID = 128
_MAX_INPUTS, _MAX_ROLE = 32, 63
_CHANGEABLE = ("display_name", "labels")
_CODE_OF_REASON: Mapping[str, StatusCode] = {
    **{reason: code for code, reason in TABLE.values()},
    "CONFIG": StatusCode.FAILED_PRECONDITION,
    "ALL_ITEMS_FAILED": StatusCode.FAILED_PRECONDITION,
    "UNIT_INPUT": StatusCode.INVALID_ARGUMENT,
    "UNIT_MEMORY": StatusCode.RESOURCE_EXHAUSTED,
    "RESULT_LOST": StatusCode.DATA_LOSS,
}


def project_of(text: str, *, field: str) -> str:
    """The id of the project that `text` names."""
    return parse_name(text, PROJECTS, field=field).project


def asking(request_id: str, *, validate_only: bool) -> Asking:
    """How a resource is asked for."""
    if len(request_id) > _MAX_REQUEST_ID:
        raise InvalidInputError(
            f"request_id: {len(request_id)} characters; use at most {_MAX_REQUEST_ID}, a UUID say",
            field="request_id",
        )
    return Asking(request_id=request_id, validate_only=validate_only)


def timestamp(text: str) -> Timestamp:
    """An ISO 8601 time as records have it."""
    return timestamp_of(datetime.fromisoformat(text))


def timestamp_of(moment: datetime) -> Timestamp:
    """A time that knows its zone."""
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def project_fields(message: project_pb2.Project) -> ProjectFields:
    """What a request says of a project."""
    return ProjectFields(display_name=message.display_name, labels=_labels(message))


def project_change(request: project_pb2.UpdateProjectRequest) -> ProjectChange:
    """What a request changes of a project."""
    message = request.project
    paths = set(request.update_mask.paths) or {name for name in _CHANGEABLE if getattr(message, name)}
    if unknown := paths - set(_CHANGEABLE):
        raise InvalidInputError(
            f"update_mask: {sorted(unknown)[0][:80]!r} can't be changed; use {' and '.join(_CHANGEABLE)}",
            field="update_mask",
        )
    return ProjectChange(
        display_name=message.display_name if "display_name" in paths else None,
        labels=_labels(message) if "labels" in paths else None,
        etag=message.etag,
    )


def project_message(project: Project) -> project_pb2.Project:
    """A project as the API shows it."""
    return project_pb2.Project(
        name=str(project.name),
        display_name=project.fields.display_name,
        labels=dict(project.fields.labels),
        create_time=timestamp(project.create_time),
        update_time=timestamp(project.update_time),
        etag=etag_of(project.version),
    )


def job_id(text: str) -> str:
    """The id that a request chooses for its job; empty where it chooses none."""
    return parse_id(text, field="job_id") if text else ""


def job_name(text: str) -> ResourceName:
    """The job that a request names."""
    return parse_name(text, JOBS)


def job_wish(message: job_pb2.Job) -> JobWish:
    """The job that a request wants."""
    if len(message.inputs) > _MAX_INPUTS:
        raise InvalidInputError(
            f"job.inputs: {len(message.inputs)}; use at most {_MAX_INPUTS}", field="job.inputs"
        )
    for role in message.inputs:
        if not (role.isascii() and 1 <= len(role) <= _MAX_ROLE):
            raise InvalidInputError(
                f"job.inputs: {role[:80]!r} is no role; use 1 to {_MAX_ROLE} ASCII characters",
                field="job.inputs",
            )
    return JobWish(
        kind=message.kind,
        spec=json_of(message.spec, field="job.spec"),
        inputs={
            role: parse_digest(text, field=f"job.inputs[{role}]") for role, text in message.inputs.items()
        },
        priority=_priority(message.priority),
    )


def job_filter(request: job_pb2.ListJobsRequest) -> JobFilter:
    """Which jobs a request wants to see."""
    if request.state not in job_pb2.Job.State.values():
        raise InvalidInputError(f"state: {request.state} is no state; see Job.State", field="state")
    if not request.state:
        return JobFilter(kind=request.kind)
    name = job_pb2.Job.State.Name(request.state).removeprefix("STATE_")
    return JobFilter(state=JobState(name), kind=request.kind)


def job_message(job: jobs.Job, *, now: datetime) -> job_pb2.Job:
    """A job as the API shows it at `now`."""
    record = job.record
    times = {transition.state: timestamp(transition.time) for transition in record.transitions}
    message = job_pb2.Job(
        name=str(jobs.name_of(record.project, record.job)),
        kind=record.kind,
        inputs=dict(record.inputs),
        priority=job_pb2.Job.Priority.Value(f"PRIORITY_{record.priority.upper()}"),
        state=job_pb2.Job.State.Value(f"STATE_{record.state}"),
        progress=job_progress(record, now=now),
        error=job_error(record),
        epoch=record.epoch,
        create_time=times.get(JobState.QUEUED),
        start_time=times.get(JobState.PLANNING),
        end_time=times.get(record.state) if record.state.is_final else None,
        etag=etag_of(record.version),
    )
    if job.spec is not None:
        message.spec.CopyFrom(struct_message(job.spec))
    if record.state is JobState.SUCCEEDED:
        message.result.CopyFrom(struct_message(record.result))
    return message


def watched_name(text: str) -> ResourceName:
    """What a request wants to watch."""
    return parse_name(text, PROJECTS, JOBS, PIPELINES)


def watch_message(seen: Seen) -> event_pb2.WatchResponse:
    """An event, or a sign of life."""
    if seen.event is None:
        return event_pb2.WatchResponse(resume_token=seen.token, heartbeat=event_pb2.Heartbeat())
    return event_pb2.WatchResponse(resume_token=seen.token, event=event_message(seen.event))


def event_message(event: Event) -> event_pb2.Event:
    """An event as the API shows it."""
    return event_pb2.Event(
        id=event.id,
        source=f"{PROJECTS}/{event.project}",
        type=f"bakehouse.{event.kind}.{event.type}",
        subject=event.name,
        time=timestamp(event.time),
        data=struct_of(event.data),
    )


def studio_message(studio: Studio) -> studio_pb2.Studio:
    """The studio as the API shows it."""
    store, limits = studio.store, studio.limits
    return studio_pb2.Studio(
        version=studio.version,
        store=studio_pb2.Store(
            driver=store.driver,
            conditional_put=store.conditional_put,
            ranges=store.ranges,
            presign=store.presign,
            delete_many=store.delete_many,
            multipart=store.multipart,
            clock_skew_duration=_duration(store.clock_skew_s),
        ),
        services=[
            studio_pb2.InstalledService(name=name, kinds=sorted(kinds))
            for name, kinds in sorted(studio.kinds.items())
        ],
        limits=studio_pb2.Limits(
            message_size_bytes=limits.message_size_bytes,
            upload_size_bytes=limits.upload_size_bytes,
            calls_per_second=limits.calls_per_second,
            open_streams=limits.open_streams,
        ),
    )


def code_of_reason(reason: str) -> int:
    """The number of the google.rpc.Code that stands for why a job failed."""
    number: int = _CODE_OF_REASON.get(reason, StatusCode.INTERNAL).value[0]
    return number


def _labels(message: project_pb2.Project) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(message.labels.items()))


def _priority(number: int) -> Priority:
    match number:
        case job_pb2.Job.PRIORITY_UNSPECIFIED | job_pb2.Job.PRIORITY_AUTO:
            return Priority.AUTO
        case job_pb2.Job.PRIORITY_INTERACTIVE:
            return Priority.INTERACTIVE
        case job_pb2.Job.PRIORITY_BULK:
            return Priority.BULK
        case _:
            raise InvalidInputError(
                f"job.priority: {number} is no priority; see Job.Priority", field="job.priority"
            )


def job_progress(record: JobRecord, *, now: datetime) -> job_pb2.JobProgress:
    """How far a job is at `now`."""
    left_s = remaining_s(record, now=now)
    return job_pb2.JobProgress(
        planned_units=record.num_units,
        done_units=record.done_units,
        planned_items=record.planned_items,
        done_items=record.computed_items,
        failed_items=record.failed_items,
        hit_items=record.hit_items,
        remaining_duration=None if left_s is None else _duration(left_s),
    )


def job_error(record: JobRecord) -> job_pb2.JobError | None:
    """Why a job failed; None where it did not."""
    if record.error is None:
        return None
    return job_pb2.JobError(
        code=code_of_reason(record.error.reason),
        message=record.error.message,
        reason=record.error.reason,
    )


def struct_message(value: Json) -> Struct:
    """A JSON value as the API shows it."""
    return struct_of(value if isinstance(value, Mapping) else {"value": value})


def _duration(seconds: float) -> Duration:
    message = Duration()
    message.FromTimedelta(timedelta(milliseconds=round(seconds * 1000)))
    return message
