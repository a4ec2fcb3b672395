"""Jobs: followed to their end, listed by the page."""

import pytest

from bakehouse.client.client import Client
from bakehouse.client.values import JobState, Priority
from bakehouse.errors import AlreadyExistsError, InvalidInputError, NotFoundError
from bakehouse.v1.job_pb2 import Job, ListJobsRequest, ListJobsResponse
from tests.bakehouse.client.baking import Baking
from tests.bakehouse.client.studio_thread import StudioThread

NAME = "projects/p/jobs/j"


def test_a_job_is_followed_until_it_is_over(studio: StudioThread) -> None:
    Baking(JobState.QUEUED, JobState.RUNNING, JobState.FAILED).open(studio)
    with studio.client() as client:
        states = [job.state for job in client.jobs.follow(NAME)]
    assert states == ["QUEUED", "RUNNING", "FAILED"]


def test_a_job_that_is_over_is_not_waited_for(studio: StudioThread) -> None:
    Baking(JobState.SUCCEEDED).open(studio)
    with studio.client() as client:
        assert client.jobs.wait(NAME).state is JobState.SUCCEEDED


def test_a_studio_that_is_away_for_longer_than_a_call_ends_no_following(studio: StudioThread) -> None:
    Baking(JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED).open(studio)
    with studio.client(timeout_s=0.2) as client:
        following = client.jobs.follow(NAME)
        next(following)
        studio.stop()
        studio.later(1.0, studio.open)
        assert [job.state for job in following][-1] is JobState.SUCCEEDED


def test_waiting_ends_with_its_time(studio: StudioThread) -> None:
    Baking(JobState.RUNNING).open(studio)
    with studio.client() as client:
        assert client.jobs.wait(NAME, timeout_s=0).state is JobState.RUNNING


def test_all_pages_are_listed(studio: StudioThread) -> None:
    async def pages(request: ListJobsRequest, context: object) -> ListJobsResponse:
        number = int(request.page_token or 0)
        job = Job(name=f"projects/p/jobs/j{number}", state=Job.STATE_QUEUED)
        return ListJobsResponse(jobs=[job], next_page_token=str(number + 1) if number < 2 else "")

    studio.answer("/bakehouse.v1.JobService/ListJobs", pages)
    studio.open()
    with studio.client() as client:
        assert [job.id for job in client.jobs.list("p")] == ["j0", "j1", "j2"]


def test_a_job_is_what_was_asked_for(client: Client) -> None:
    spec = {"num_items": 3, "names": ["a", "b"]}
    made = client.jobs.create("toy.bake", spec, priority=Priority.BULK, job_id="asked")
    assert (made.name, made.spec, made.priority) == ("projects/default/jobs/asked", spec, Priority.BULK)
    assert client.jobs.get(made.name) == made


def test_an_id_is_taken_once(client: Client) -> None:
    client.jobs.create("toy.bake", {"num_items": 1}, job_id="taken")
    with pytest.raises(AlreadyExistsError):
        client.jobs.create("toy.bake", {"num_items": 2}, job_id="taken")


def test_an_unknown_kind_is_refused(client: Client) -> None:
    with pytest.raises(InvalidInputError, match="kind"):
        client.jobs.create("toy.fry")


def test_jobs_are_listed_by_state(client: Client) -> None:
    job = client.jobs.create("toy.bake", {"num_items": 1})
    client.jobs.cancel(job.name)
    assert job.name in [found.name for found in client.jobs.list(state=JobState.CANCELLED)]
    assert job.name not in [found.name for found in client.jobs.list(state=JobState.QUEUED)]


def test_a_job_of_no_name_is_not_found(client: Client) -> None:
    with pytest.raises(NotFoundError):
        client.jobs.get("projects/default/jobs/nobody")
