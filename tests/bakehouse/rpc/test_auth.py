"""Which calls a token opens."""

import grpc
import pytest

from bakehouse.errors import PermissionDeniedError, UnauthenticatedError
from bakehouse.rpc.auth import scope_needed
from bakehouse.rpc.contract import METHODS
from bakehouse.v1.project_pb2 import CreateProjectRequest, GetProjectRequest
from tests.bakehouse.rpc.kitchen import Kitchen, bearer, error_from, failure_of

REQUEST = GetProjectRequest(name="projects/p")


async def test_no_token_no_call(kitchen: Kitchen) -> None:
    stub = kitchen.stub(await kitchen.open())
    assert (await failure_of(stub.GetProject(REQUEST))).code() == grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize("header", ["{}", "Basic {}", "Bearer", "Bearer  {}", "Bearer {} x", "Token {}"])
async def test_a_token_in_another_form_is_none(kitchen: Kitchen, header: str) -> None:
    stub = kitchen.stub(await kitchen.open())
    call = stub.GetProject(REQUEST, metadata=(("authorization", header.format(kitchen.token)),))
    assert type(await error_from(call)) is UnauthenticatedError


async def test_the_word_bearer_may_be_written_in_any_case(kitchen: Kitchen) -> None:
    stub = kitchen.stub(await kitchen.open())
    await stub.GetProject(REQUEST, metadata=(("authorization", f"bEARER {kitchen.token}"),))


async def test_two_tokens_are_none(kitchen: Kitchen) -> None:
    stub = kitchen.stub(await kitchen.open())
    call = stub.GetProject(REQUEST, metadata=bearer(kitchen.token) * 2)
    assert type(await error_from(call)) is UnauthenticatedError


async def test_a_token_without_the_scope_is_told_which_it_lacks(kitchen: Kitchen) -> None:
    token = kitchen.add_token(scopes=("read",))
    stub = kitchen.stub(await kitchen.open())
    error = await error_from(stub.CreateProject(CreateProjectRequest(project_id="p"), metadata=bearer(token)))
    assert isinstance(error, PermissionDeniedError)
    assert error.fields["scope"] == "write"


async def test_a_token_with_the_scope_may_call(kitchen: Kitchen) -> None:
    token = kitchen.add_token(scopes=("read",))
    stub = kitchen.stub(await kitchen.open())
    await stub.GetProject(REQUEST, metadata=bearer(token))


async def test_health_asks_for_no_token(kitchen: Kitchen) -> None:
    channel = kitchen.channel(await kitchen.open())
    await channel.unary_unary("/grpc.health.v1.Health/Check", bytes, bytes)(b"")


@pytest.mark.parametrize("path", METHODS)
def test_every_method_needs_read_or_write_by_what_it_does(path: str) -> None:
    reads = path.rpartition("/")[2].startswith(("Get", "List", "Read", "Find", "Watch", "SignBlob"))
    assert scope_needed(path) == ("read" if reads else "write")


def test_reflection_reads_and_what_is_unknown_writes() -> None:
    assert scope_needed("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo") == "read"
    assert scope_needed("/elsewhere.v1.Service/GetThing") == "write"
