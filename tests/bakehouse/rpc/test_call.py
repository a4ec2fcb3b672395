"""What is made of a call's metadata."""

import pytest

from bakehouse.errors import UnauthenticatedError
from bakehouse.rpc.call import Call, current_call, principal_of
from bakehouse.v1.project_pb2 import GetProjectRequest, Project
from tests.bakehouse.rpc.kitchen import GET_PROJECT, Kitchen, bearer

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def call_with(kitchen: Kitchen, *metadata: tuple[str, str]) -> Call:
    """The call as its servicer sees it."""
    calls: list[Call] = []

    async def get(request: GetProjectRequest) -> Project:
        calls.append(current_call())
        return Project()

    kitchen.projects.get = get
    stub = kitchen.stub(await kitchen.open())
    await stub.GetProject(GetProjectRequest(name="projects/p"), metadata=(*bearer(kitchen.token), *metadata))
    return calls[0]


async def test_the_callers_ids_are_kept(kitchen: Kitchen) -> None:
    call = await call_with(kitchen, ("x-request-id", "my.request-1"), ("traceparent", TRACE))
    assert (call.method, call.request_id, call.trace) == (GET_PROJECT, "my.request-1", TRACE)


@pytest.mark.parametrize("request_id", ["", "a b", "x" * 65, "a'b", "<script>"])
async def test_a_request_id_that_is_none_is_replaced(kitchen: Kitchen, request_id: str) -> None:
    call = await call_with(kitchen, ("x-request-id", request_id))
    assert call.request_id.startswith("req-")


async def test_two_request_ids_are_none(kitchen: Kitchen) -> None:
    call = await call_with(kitchen, ("x-request-id", "a"), ("x-request-id", "b"))
    assert call.request_id.startswith("req-")


async def test_a_trace_that_is_none_is_dropped(kitchen: Kitchen) -> None:
    call = await call_with(kitchen, ("traceparent", "00-x-y-01"))
    assert call.trace == ""


async def test_a_servicer_knows_who_calls_and_for_which_project(kitchen: Kitchen) -> None:
    call = await call_with(kitchen)
    assert principal_of(call).has_scope("admin")
    assert call.project == "p"


async def test_nobody_is_no_principal(kitchen: Kitchen) -> None:
    call = await call_with(kitchen)
    call.principal = None
    with pytest.raises(UnauthenticatedError):
        principal_of(call)
