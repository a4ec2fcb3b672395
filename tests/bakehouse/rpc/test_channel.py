"""The client's side: what each call carries, and which are tried again."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import grpc
import pytest

from bakehouse.errors import InvalidInputError, NotFoundError, UnavailableError
from bakehouse.rpc.call import Call, current_call
from bakehouse.rpc.channel import open_channel
from bakehouse.rpc.server import RpcServer
from bakehouse.rpc.status import error_of
from bakehouse.v1.event_pb2 import WatchRequest
from bakehouse.v1.event_pb2_grpc import EventServiceStub
from bakehouse.v1.job_pb2 import CreateJobRequest, Job
from bakehouse.v1.job_pb2_grpc import JobServiceStub
from bakehouse.v1.project_pb2 import GetProjectRequest, Project
from bakehouse.v1.project_pb2_grpc import ProjectServiceStub
from tests.bakehouse.rpc.kitchen import Context, Kitchen, hang, raising

REQUEST = GetProjectRequest(name="projects/p")
T = TypeVar("T")


async def use(server: RpcServer, token: str, work: Callable[[grpc.Channel], T], deadline_s: float = 30) -> T:
    """What `work` does with a channel, in a thread of its own as in a client."""

    def run() -> T:
        with open_channel(server.address, token=token, deadline_s=deadline_s) as channel:
            return work(channel)

    return await asyncio.to_thread(run)


def get_project(channel: grpc.Channel) -> Project:
    return ProjectServiceStub(channel).GetProject(REQUEST)


class Notes:
    """Answers, and keeps what it was called with."""

    def __init__(self, failures: int = 0) -> None:
        self.calls: list[Call] = []
        self._failures = failures

    async def get(self, request: GetProjectRequest) -> Project:
        self.calls.append(current_call())
        if len(self.calls) <= self._failures:
            raise UnavailableError("no store; try again")
        return Project(name=request.name)

    async def create_job(self, request: CreateJobRequest, context: Context) -> Job:
        await self.get(GetProjectRequest())
        return Job()


async def test_every_call_has_the_token_and_a_request_id_of_its_own(kitchen: Kitchen) -> None:
    notes = Notes()
    kitchen.projects.get = notes.get
    server = await kitchen.open()
    await use(server, kitchen.token, lambda channel: [get_project(channel) for _ in range(2)])
    assert len({call.request_id for call in notes.calls}) == 2


async def test_a_request_id_of_the_callers_own_is_kept(kitchen: Kitchen) -> None:
    notes = Notes()
    kitchen.projects.get = notes.get
    metadata = (("x-request-id", "mine"),)
    await use(
        await kitchen.open(),
        kitchen.token,
        lambda channel: ProjectServiceStub(channel).GetProject(REQUEST, metadata=metadata),
    )
    assert notes.calls[0].metadata["x-request-id"] == "mine"


async def test_a_unary_call_has_a_deadline(kitchen: Kitchen) -> None:
    kitchen.projects.get = hang
    server = await kitchen.open()
    with pytest.raises(grpc.RpcError) as caught:
        await use(server, kitchen.token, get_project, deadline_s=0.1)
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_deadline_of_the_callers_own_counts(kitchen: Kitchen) -> None:
    project = await use(
        await kitchen.open(),
        kitchen.token,
        lambda channel: ProjectServiceStub(channel).GetProject(REQUEST, timeout=30),
        deadline_s=1e-9,
    )
    assert project.name == "projects/p"


async def test_a_stream_has_no_deadline(kitchen: Kitchen) -> None:
    answer = await use(
        await kitchen.open(),
        kitchen.token,
        lambda channel: next(iter(EventServiceStub(channel).Watch(WatchRequest(name="projects/p")))),
        deadline_s=1e-9,
    )
    assert answer.resume_token == "1"


async def test_a_read_is_tried_again_while_the_server_is_unavailable(kitchen: Kitchen) -> None:
    notes = Notes(failures=2)
    kitchen.projects.get = notes.get
    project = await use(await kitchen.open(), kitchen.token, get_project)
    assert (project.name, len(notes.calls)) == ("projects/p", 3)


async def test_a_create_is_not_tried_again(kitchen: Kitchen) -> None:
    notes = Notes(failures=1)
    kitchen.behaviours["/bakehouse.v1.JobService/CreateJob"] = notes.create_job
    server = await kitchen.open()
    with pytest.raises(grpc.RpcError):
        await use(
            server,
            kitchen.token,
            lambda channel: JobServiceStub(channel).CreateJob(CreateJobRequest(parent="projects/p")),
        )
    assert len(notes.calls) == 1


async def test_what_is_caught_is_an_error_of_ours(kitchen: Kitchen) -> None:
    kitchen.projects.get = raising(NotFoundError("no cake", fields={"resource": "projects/p"}))
    server = await kitchen.open()
    with pytest.raises(grpc.RpcError) as caught:
        await use(server, kitchen.token, get_project)
    error = error_of(caught.value)
    assert (type(error), error.message, error.fields["resource"]) == (NotFoundError, "no cake", "projects/p")


async def test_what_a_stream_fails_with_is_an_error_of_ours(kitchen: Kitchen) -> None:
    server = await kitchen.open()
    with pytest.raises(grpc.RpcError) as caught:
        await use(
            server,
            kitchen.token,
            lambda channel: list(EventServiceStub(channel).Watch(WatchRequest(name="../p"))),
        )
    error = error_of(caught.value)
    assert isinstance(error, InvalidInputError)
    assert error.field == "name"


async def test_a_server_that_is_not_there_is_unavailable(kitchen: Kitchen) -> None:
    server = await kitchen.open()
    await server.stop()
    with pytest.raises(grpc.RpcError) as caught:
        await use(
            server, kitchen.token, lambda channel: JobServiceStub(channel).CreateJob(CreateJobRequest())
        )
    assert type(error_of(caught.value)) is UnavailableError
