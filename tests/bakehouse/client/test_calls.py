"""Unary calls: repeated while that is safe and may help, and failing with words that help."""

import asyncio
from typing import Any

import pytest

from bakehouse.client.client import Client
from bakehouse.errors import (
    CapacityError,
    NotFoundError,
    StateError,
    UnauthenticatedError,
    UnavailableError,
)
from bakehouse.v1.job_pb2 import CreateJobRequest, GetJobRequest, Job
from tests.bakehouse.client.studio_thread import StudioThread
from tests.ports import free_port

GET_JOB = "/bakehouse.v1.JobService/GetJob"
CREATE_JOB = "/bakehouse.v1.JobService/CreateJob"
NAME = "projects/p/jobs/j"


class Failing:
    """Fails some times, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.requests: list[Any] = []

    async def __call__(self, request: Any, context: object) -> Job:
        self.requests.append(request)
        if self.errors:
            raise self.errors.pop(0)
        return Job(name=NAME, state=Job.STATE_QUEUED)


def test_a_creation_is_repeated_with_its_request_id(studio: StudioThread) -> None:
    create = Failing(UnavailableError("no NATS"), UnavailableError("no NATS"))
    studio.answer(CREATE_JOB, create)
    studio.open()
    with studio.client() as client:
        client.jobs.create("toy.bake")
    requests: list[CreateJobRequest] = create.requests
    assert len(requests) == 3
    assert len({request.request_id for request in requests}) == 1


def test_a_limit_is_waited_out_as_long_as_it_says(studio: StudioThread) -> None:
    get = Failing(CapacityError("too many calls; wait", retry_after_s=0.01))
    studio.answer(GET_JOB, get)
    studio.open()
    with studio.client() as client:
        assert client.jobs.get(NAME).name == NAME


@pytest.mark.parametrize("error", [NotFoundError("not there"), StateError("not so"), CapacityError("full")])
def test_what_does_not_pass_is_not_repeated(studio: StudioThread, error: Exception) -> None:
    get = Failing(error)
    studio.answer(GET_JOB, get)
    studio.open()
    with studio.client() as client, pytest.raises(type(error)):
        client.jobs.get(NAME)
    assert len(get.requests) == 1


def test_a_studio_that_comes_back_is_waited_for(studio: StudioThread) -> None:
    studio.answer(GET_JOB, Failing())
    opening = studio.later(0.5, studio.open)
    with studio.client() as client:
        assert client.jobs.get(NAME).name == NAME
    opening.result(10)


def test_where_nobody_is_the_remedy_is_said() -> None:
    address = f"127.0.0.1:{free_port()}"
    with Client(address, timeout_s=0.5) as client, pytest.raises(UnavailableError) as caught:
        client.jobs.get(NAME)
    assert address in caught.value.message
    assert "bakehouse up" in caught.value.message


def test_a_call_that_hangs_ends_with_its_deadline(studio: StudioThread) -> None:
    async def hang(request: GetJobRequest, context: object) -> Job:
        await asyncio.Event().wait()
        return Job()

    studio.answer(GET_JOB, hang)
    studio.open()
    with studio.client(timeout_s=0.3) as client, pytest.raises(UnavailableError):
        client.jobs.get(NAME)


def test_a_token_that_is_unknown_says_where_one_comes_from(studio: StudioThread) -> None:
    studio.answer(GET_JOB, Failing(UnauthenticatedError("no valid token; send metadata")))
    studio.open()
    with studio.client() as client, pytest.raises(UnauthenticatedError, match="set BAKEHOUSE_TOKEN"):
        client.jobs.get(NAME)
