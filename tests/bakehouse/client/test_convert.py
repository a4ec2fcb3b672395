"""Messages to values: nothing is lost, and numbers are what they were."""

from datetime import UTC, datetime

import pytest
from google.protobuf.duration_pb2 import Duration

from bakehouse.client.convert import job_of, priority_message, state_message, studio_of
from bakehouse.client.values import JobState, Priority
from bakehouse.v1 import job_pb2
from bakehouse.v1.studio_pb2 import InstalledService, Studio


def test_a_job_that_just_began_has_no_end_and_no_error() -> None:
    message = job_pb2.Job(name="projects/p/jobs/j", state=job_pb2.Job.STATE_QUEUED)
    message.create_time.FromDatetime(datetime(2026, 1, 2, tzinfo=UTC))
    job = job_of(message)
    assert (job.id, job.state, job.create_time) == ("j", JobState.QUEUED, datetime(2026, 1, 2, tzinfo=UTC))
    assert (job.error, job.result, job.start_time, job.progress.remaining_s) == (None, None, None, None)


def test_a_failed_job_says_why_and_how_far_it_came() -> None:
    message = job_pb2.Job(
        state=job_pb2.Job.STATE_FAILED,
        error=job_pb2.JobError(reason="WORKER_BUG", message="mend it", details={"unit": "3"}),
        progress=job_pb2.JobProgress(done_items=7, remaining_duration=Duration(seconds=1, nanos=500_000_000)),
    )
    job = job_of(message)
    assert job.error is not None
    assert (job.error.reason, job.error.details) == ("WORKER_BUG", {"unit": "3"})
    assert (job.progress.done_items, job.progress.remaining_s) == (7, 1.5)


@pytest.mark.parametrize("state", JobState)
def test_states_go_and_come(state: JobState) -> None:
    assert job_of(job_pb2.Job(state=state_message(state))).state is state


@pytest.mark.parametrize("priority", Priority)
def test_priorities_go_and_come(priority: Priority) -> None:
    message = job_pb2.Job(state=job_pb2.Job.STATE_QUEUED, priority=priority_message(priority))
    assert job_of(message).priority is priority


def test_a_studio_tells_all_kinds() -> None:
    services = [InstalledService(name="b", kinds=["b.x"]), InstalledService(name="a", kinds=["a.y", "a.x"])]
    assert studio_of(Studio(services=services)).kinds == ("a.x", "a.y", "b.x")
