"""No unary call lives for ever."""

import grpc

from bakehouse.v1.event_pb2 import WatchRequest
from bakehouse.v1.project_pb2 import GetProjectRequest
from tests.bakehouse.rpc.kitchen import Kitchen, bearer, failure_of, hang, raising

REQUEST = GetProjectRequest(name="projects/p")


async def test_a_call_without_a_deadline_gets_the_servers(kitchen: Kitchen) -> None:
    kitchen.projects.get = hang
    stub = kitchen.stub(await kitchen.open(default_deadline_s=0.05))
    failure = await failure_of(stub.GetProject(REQUEST, metadata=bearer(kitchen.token)))
    assert failure.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert failure.details() == "not done within the server's 0.05 s; set a deadline of your own"


async def test_a_deadline_of_the_callers_own_may_be_longer(kitchen: Kitchen) -> None:
    stub = kitchen.stub(await kitchen.open(default_deadline_s=1e-9))
    await stub.GetProject(REQUEST, metadata=bearer(kitchen.token), timeout=30)


async def test_a_deadline_of_the_callers_own_may_be_shorter(kitchen: Kitchen) -> None:
    kitchen.projects.get = hang
    stub = kitchen.stub(await kitchen.open())
    failure = await failure_of(stub.GetProject(REQUEST, metadata=bearer(kitchen.token), timeout=0.1))
    assert failure.code() == grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_stream_has_none(kitchen: Kitchen) -> None:
    stub = kitchen.watcher(await kitchen.open(default_deadline_s=1e-9))
    answer = await stub.Watch(WatchRequest(name="projects/p"), metadata=bearer(kitchen.token)).read()
    assert answer is not None


async def test_a_timeout_of_the_servicers_own_is_a_bug(kitchen: Kitchen) -> None:
    kitchen.projects.get = raising(TimeoutError())
    stub = kitchen.stub(await kitchen.open())
    failure = await failure_of(stub.GetProject(REQUEST, metadata=bearer(kitchen.token)))
    assert failure.code() == grpc.StatusCode.INTERNAL
