"""What clients are told when a call fails, and what they are not."""

import asyncio
from collections.abc import Callable

import grpc
import pytest

from bakehouse.errors import BakehouseError, CorruptionError, InvalidInputError
from bakehouse.rpc.call import current_call
from bakehouse.rpc.status import TABLE
from bakehouse.v1.project_pb2 import GetProjectRequest, Project
from tests.bakehouse.rpc.conftest import CANARY
from tests.bakehouse.rpc.kitchen import Kitchen, bearer, error_from, failure_of, raising

REQUEST = GetProjectRequest(name="projects/p")


@pytest.mark.parametrize("kind", TABLE)
async def test_an_error_arrives_as_what_it_was(kitchen: Kitchen, kind: type[BakehouseError]) -> None:
    kitchen.projects.get = raising(kind("the cake: 3 eggs, needs 4; add one", fields={"eggs": "3"}))
    stub = kitchen.stub(await kitchen.open())
    error = await error_from(stub.GetProject(REQUEST, metadata=bearer(kitchen.token)))
    assert type(error) is kind
    assert error.message == "the cake: 3 eggs, needs 4; add one"
    assert error.fields["eggs"] == "3"


async def test_an_unknown_exception_tells_the_request_id_only(kitchen: Kitchen) -> None:
    kitchen.projects.get = raising(ValueError("secret path /etc/passwd"))
    stub = kitchen.stub(await kitchen.open())
    headers = (*bearer(kitchen.token), ("x-request-id", "req-7"))
    failure = await failure_of(stub.GetProject(REQUEST, metadata=headers))
    assert failure.code() == grpc.StatusCode.INTERNAL
    assert failure.details() == "an error in Bakehouse; report it with the request id req-7"


async def test_an_unknown_exception_is_logged_once_with_its_trace(
    kitchen: Kitchen, logged: Callable[[], str]
) -> None:
    kitchen.projects.get = raising(ZeroDivisionError("of the cake"))
    stub = kitchen.stub(await kitchen.open())
    headers = (*bearer(kitchen.token), ("x-request-id", "req-7"))
    await failure_of(stub.GetProject(REQUEST, metadata=headers))
    lines = [line for line in logged().splitlines() if "ZeroDivisionError: of the cake" in line]
    assert len(lines) == 1
    assert '"request_id": "req-7"' in lines[0]


async def test_no_secret_leaves(kitchen: Kitchen, logged: Callable[[], str]) -> None:
    kitchen.projects.get = raising(ValueError(f"{CANARY}, Bearer {kitchen.token}"))
    stub = kitchen.stub(await kitchen.open())
    failure = await failure_of(stub.GetProject(REQUEST, metadata=bearer(kitchen.token)))
    told = f"{failure.details()} {failure.trailing_metadata()} {failure.debug_error_string()}"
    log = logged()
    assert "call_failed" in log
    for text in (told, log):
        assert CANARY not in text
        assert kitchen.token.rpartition("_")[2] not in text


async def test_found_corruption_is_logged(kitchen: Kitchen, logged: Callable[[], str]) -> None:
    kitchen.projects.get = raising(CorruptionError("blob ab is not what its digest says"))
    stub = kitchen.stub(await kitchen.open())
    await failure_of(stub.GetProject(REQUEST, metadata=bearer(kitchen.token)))
    assert "blob ab is not what its digest says" in logged()


async def test_what_the_library_raises_passes(kitchen: Kitchen) -> None:
    async def abort(request: GetProjectRequest) -> Project:
        await current_call().context.abort(grpc.StatusCode.UNIMPLEMENTED, "not yet")

    kitchen.projects.get = abort
    stub = kitchen.stub(await kitchen.open())
    failure = await failure_of(stub.GetProject(REQUEST, metadata=bearer(kitchen.token)))
    assert (failure.code(), failure.details()) == (grpc.StatusCode.UNIMPLEMENTED, "not yet")


async def test_a_cancelled_call_reaches_its_handler_as_cancellation(kitchen: Kitchen) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def wait(request: GetProjectRequest) -> Project:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return Project()

    kitchen.projects.get = wait
    stub = kitchen.stub(await kitchen.open())
    call = stub.GetProject(REQUEST, metadata=bearer(kitchen.token))
    await begun.wait()
    call.cancel()
    await asyncio.wait_for(cancelled.wait(), 10)


async def test_something_else_that_was_cancelled_does_not_leave_the_client_waiting(kitchen: Kitchen) -> None:
    kitchen.projects.get = raising(asyncio.CancelledError())
    stub = kitchen.stub(await kitchen.open())
    failure = await failure_of(stub.GetProject(REQUEST, metadata=bearer(kitchen.token), timeout=30))
    assert failure.code() == grpc.StatusCode.INTERNAL


async def test_the_longest_error_still_fits_into_the_trailers(kitchen: Kitchen) -> None:
    fields = {f"key-{i}": "ü" * 1000 for i in range(100)} | {"resource": "projects/" + "ü" * 1000}
    kitchen.projects.get = raising(InvalidInputError("ü" * 10_000, field="ü" * 1000, fields=fields))
    stub = kitchen.stub(await kitchen.open())
    error = await error_from(stub.GetProject(REQUEST, metadata=bearer(kitchen.token)))
    assert type(error) is InvalidInputError
    assert error.message.startswith("üüü")
