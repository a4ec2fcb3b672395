"""Messages to values and back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.blobs.port import Capabilities
from bakehouse.digest import digest_bytes
from bakehouse.events.shapes import Event, decode_event
from bakehouse.jobs.record import JobError, JobRecord, JobState, Priority, Transition
from bakehouse.rpc.status import TABLE
from bakehouse.v1 import job_pb2, project_pb2, studio_pb2
from gateway import convert
from gateway.jobs import Job, JobWish
from gateway.listings import JobFilter
from gateway.projects import Project, ProjectFields
from gateway.structs import json_of
from gateway.studio import Limits, this_studio
from tests.gateway.records import RUNNING

NOW = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
PRINTABLE = st.characters(exclude_categories=("C", "Z")) | st.just(" ")
TEXT = st.text(PRINTABLE, max_size=60)
LABELS = st.dictionaries(st.text(PRINTABLE, min_size=1, max_size=20), TEXT, max_size=5)


@given(TEXT, LABELS)
def test_a_projects_fields_come_back_as_they_were(display_name: str, labels: dict[str, str]) -> None:
    fields = ProjectFields(display_name=display_name, labels=tuple(sorted(labels.items())))
    time = "2026-01-01T00:00:00.123+00:00"
    project = Project(id="p", fields=fields, version=7, create_time=time, update_time=time)
    message = convert.project_message(project)
    assert convert.project_fields(message) == fields
    assert (message.etag, message.create_time.ToJsonString()) == ("r7", "2026-01-01T00:00:00.123Z")


@pytest.mark.parametrize("priority", Priority)
def test_a_wish_comes_back_from_the_job_that_it_became(priority: Priority) -> None:
    wish = JobWish(
        kind="toy.bake",
        spec={"a": [1, {"b": None}], "c": "0.5"},
        inputs={"base": digest_bytes(b"x")},
        priority=priority,
    )
    record = replace(RUNNING, kind=wish.kind, inputs=wish.inputs, priority=priority)
    assert convert.job_wish(convert.job_message(Job(record=record, spec=wish.spec), now=NOW)) == wish


def in_state(state: JobState) -> JobRecord:
    times = (*RUNNING.transitions, Transition(state=state, time="2026-01-01T00:00:30.000+00:00"))
    return replace(RUNNING, state=state, transitions=times)


@pytest.mark.parametrize("state", JobState)
def test_every_state_has_its_message_and_its_filter(state: JobState) -> None:
    message = convert.job_message(Job(record=in_state(state)), now=NOW)
    request = job_pb2.ListJobsRequest(state=message.state, kind="k")
    assert convert.job_filter(request) == JobFilter(state=state, kind="k")
    assert message.HasField("end_time") == state.is_final
    assert message.HasField("result") == (state is JobState.SUCCEEDED)


def test_no_state_is_any_state() -> None:
    assert convert.job_filter(job_pb2.ListJobsRequest()) == JobFilter()


def test_a_running_job_says_how_far_it_is() -> None:
    record = replace(
        RUNNING, num_units=10, done_units=2, num_items=100, done_items=15, failed_items=5, num_hits=7
    )
    begun = datetime.fromisoformat(RUNNING.transitions[-1].time)
    message = convert.job_message(Job(record=record), now=begun + timedelta(seconds=10))
    progress = message.progress
    assert (progress.planned_units, progress.done_units, progress.planned_items) == (10, 2, 100)
    assert (progress.done_items, progress.failed_items, progress.hit_items) == (20, 5, 7)
    assert progress.remaining_duration.ToTimedelta() == timedelta(seconds=40)
    assert not message.HasField("spec")


def test_a_job_that_is_not_planned_does_not_say_how_long_it_takes() -> None:
    message = convert.job_message(Job(record=in_state(JobState.QUEUED)), now=NOW)
    assert not message.progress.HasField("remaining_duration")


@pytest.mark.parametrize(
    ("reason", "code"),
    [(reason, code.value[0]) for code, reason in TABLE.values()]
    + [("CONFIG", 9), ("ALL_ITEMS_FAILED", 9), ("UNIT_MEMORY", 8), ("UNIT_CRASH", 13), ("INTERNAL", 13)],
)
def test_an_error_has_the_code_of_its_reason(reason: str, code: int) -> None:
    record = replace(in_state(JobState.FAILED), error=JobError(reason=reason, message="why"))
    error = convert.job_message(Job(record=record), now=NOW).error
    assert (error.code, error.reason, error.message) == (code, reason, "why")


@pytest.mark.parametrize(
    ("result", "expected"), [({"n": 1}, {"n": 1}), ([1, 2], {"value": [1, 2]}), (None, {"value": None})]
)
def test_a_result_of_any_shape_is_shown(result: object, expected: dict[str, object]) -> None:
    record = replace(in_state(JobState.SUCCEEDED), result=result)  # type: ignore[arg-type]
    assert json_of(convert.job_message(Job(record=record), now=NOW).result, field="r") == expected


def test_an_event_says_the_same_as_its_cloud_event() -> None:
    event = Event(
        id="job/j/state/1",
        project="p",
        kind="job",
        resource="j",
        type="state",
        time="2026-01-01T00:00:00.123+00:00",
        data={"number": 1, "state": "PLANNING"},
    )
    message = convert.event_message(decode_event(event.nats_subject, event.encode()))
    assert (message.id, message.source, message.type, message.subject, message.time.ToJsonString()) == (
        "job/j/state/1",
        "projects/p",
        "bakehouse.job.state",
        "projects/p/jobs/j",
        "2026-01-01T00:00:00.123Z",
    )
    assert json_of(message.data, field="data") == event.data


def test_the_studio_is_shown_whole() -> None:
    store = Capabilities(
        driver="s3",
        conditional_put=True,
        ranges=True,
        presign=True,
        delete_many=True,
        multipart=True,
        clock_skew_s=-1.25,
    )
    limits = Limits(message_size_bytes=1, upload_size_bytes=2, calls_per_second=3.5, open_streams=4)
    message = convert.studio_message(this_studio(store, {"b": ["b.y", "b.x"], "a": []}, limits))
    assert unset(message) == []
    assert message.store.clock_skew_duration.ToTimedelta() == timedelta(seconds=-1.25)
    assert [(service.name, list(service.kinds)) for service in message.services] == [
        ("a", []),
        ("b", ["b.x", "b.y"]),
    ]


def unset(message: Message) -> list[str]:
    """The fields of a message, and of those in it, that were left out."""
    found = []
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if not value:
            found.append(field.full_name)
        elif field.type == FieldDescriptor.TYPE_MESSAGE and not field.is_repeated:
            found += unset(value) if isinstance(value, studio_pb2.Store | studio_pb2.Limits) else []
    return found


def test_an_empty_mask_means_what_is_set() -> None:
    request = project_pb2.UpdateProjectRequest(project=project_pb2.Project(display_name="x", etag="r1"))
    change = convert.project_change(request)
    assert (change.display_name, change.labels, change.etag) == ("x", None, "r1")
