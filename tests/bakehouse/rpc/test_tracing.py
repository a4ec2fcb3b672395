"""The ids of a call are in its log lines and in its answer."""

from collections.abc import Callable

from bakehouse.logs import get_logger
from bakehouse.v1.project_pb2 import GetProjectRequest, Project
from tests.bakehouse.rpc.kitchen import Kitchen, bearer, failure_of
from tests.bakehouse.rpc.test_call import TRACE

REQUEST = GetProjectRequest(name="projects/p")


async def test_log_lines_carry_the_ids(kitchen: Kitchen, logged: Callable[[], str]) -> None:
    async def get(request: GetProjectRequest) -> Project:
        get_logger().info("cake_baked")
        return Project()

    kitchen.projects.get = get
    stub = kitchen.stub(await kitchen.open())
    headers = (*bearer(kitchen.token), ("x-request-id", "req-7"), ("traceparent", TRACE))
    await stub.GetProject(REQUEST, metadata=headers)
    line = next(line for line in logged().splitlines() if "cake_baked" in line)
    assert '"request_id": "req-7"' in line
    assert TRACE in line


async def test_an_answer_carries_the_request_id(kitchen: Kitchen) -> None:
    stub = kitchen.stub(await kitchen.open())
    call = stub.GetProject(REQUEST, metadata=(*bearer(kitchen.token), ("x-request-id", "req-7")))
    await call
    assert dict(await call.trailing_metadata())["x-request-id"] == "req-7"


async def test_a_refusal_carries_the_request_id(kitchen: Kitchen) -> None:
    stub = kitchen.stub(await kitchen.open())
    failure = await failure_of(stub.GetProject(REQUEST, metadata=(("x-request-id", "req-7"),)))
    assert dict(failure.trailing_metadata())["x-request-id"] == "req-7"
