"""Other projects do not exist: not for any method, nor in the middle of a stream."""

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc import aio

from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.rpc.contract import METHODS
from bakehouse.rpc.project_scope import address_of
from bakehouse.v1.upload_pb2 import WritePartsRequest
from bakehouse.v1.upload_pb2_grpc import UploadServiceStub
from tests.bakehouse.rpc.kitchen import Kitchen, bearer, error_from

UNADDRESSED = {"/bakehouse.v1.ProjectService/ListProjects", "/bakehouse.v1.StudioService/GetStudio"}
ADDRESSED = [path for path in METHODS if path not in UNADDRESSED]


def request_about(method: MethodDescriptor, project: str) -> Message:
    """A request of the method with `project` where it names what it is about."""
    request = GetMessageClass(method.input_type)()
    path = address_of(method.input_type)
    inner = getattr(request, path[0]) if len(path) > 1 else request
    setattr(inner, path[-1], project if path == ("project_id",) else f"projects/{project}")
    return request


async def end_of(channel: aio.Channel, path: str, request: Message, token: str) -> grpc.StatusCode:
    """Call a method by its path alone; how the call ends."""
    method, data = METHODS[path], request.SerializeToString()
    try:
        if method.client_streaming:
            await channel.stream_unary(path, bytes, bytes)(iter([data]), metadata=bearer(token))
        elif method.server_streaming:
            async for _ in channel.unary_stream(path, bytes, bytes)(data, metadata=bearer(token)):
                pass
        else:
            await channel.unary_unary(path, bytes, bytes)(data, metadata=bearer(token))
    except aio.AioRpcError as failure:
        return failure.code()
    return grpc.StatusCode.OK


@pytest.mark.parametrize("path", METHODS)
def test_every_request_says_what_it_is_about(path: str) -> None:
    assert bool(address_of(METHODS[path].input_type)) == (path not in UNADDRESSED)


@pytest.mark.parametrize("path", ADDRESSED)
async def test_another_project_is_not_found(kitchen: Kitchen, path: str) -> None:
    token = kitchen.add_token(projects=("mine",), scopes=("admin",))
    channel = kitchen.channel(await kitchen.open())
    code = await end_of(channel, path, request_about(METHODS[path], "theirs"), token)
    assert code == grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("path", ADDRESSED)
async def test_the_own_project_is_found(kitchen: Kitchen, path: str) -> None:
    kitchen.behaviours.clear()
    token = kitchen.add_token(projects=("mine",), scopes=("admin",))
    channel = kitchen.channel(await kitchen.open())
    code = await end_of(channel, path, request_about(METHODS[path], "mine"), token)
    assert code == grpc.StatusCode.OK


@pytest.mark.parametrize("path", ADDRESSED)
async def test_a_hostile_name_is_refused(kitchen: Kitchen, path: str) -> None:
    channel = kitchen.channel(await kitchen.open())
    code = await end_of(channel, path, request_about(METHODS[path], "../etc"), kitchen.token)
    assert code == grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("path", ADDRESSED)
async def test_no_name_is_refused(kitchen: Kitchen, path: str) -> None:
    channel = kitchen.channel(await kitchen.open())
    empty = GetMessageClass(METHODS[path].input_type)()
    assert await end_of(channel, path, empty, kitchen.token) == grpc.StatusCode.INVALID_ARGUMENT


async def write_parts(kitchen: Kitchen, names: list[str], token: str) -> None:
    stub = UploadServiceStub(kitchen.channel(await kitchen.open()))
    requests = [WritePartsRequest(name=name) for name in names]
    await stub.WriteParts(iter(requests), metadata=bearer(token))


async def test_later_messages_of_a_stream_may_leave_the_name_out(kitchen: Kitchen) -> None:
    token = kitchen.add_token(projects=("mine",))
    await write_parts(kitchen, ["projects/mine/uploads/u", "", ""], token)


@pytest.mark.parametrize("path", [path for path in ADDRESSED if "/CreateProject" not in path])
async def test_the_shared_room_needs_its_own_scope(kitchen: Kitchen, path: str) -> None:
    kitchen.behaviours.clear()
    bound = kitchen.add_token(projects=("mine",))
    sharing = kitchen.add_token(projects=("mine",), scopes=("read", "write", "share"))
    of_all = kitchen.add_token()
    channel = kitchen.channel(await kitchen.open())
    request = request_about(METHODS[path], "shared")
    codes = [await end_of(channel, path, request, token) for token in (bound, sharing, of_all)]
    assert codes == [grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.OK, grpc.StatusCode.OK]


async def test_a_later_message_can_not_reach_another_project(kitchen: Kitchen) -> None:
    token = kitchen.add_token(projects=("mine",))
    names = ["projects/mine/uploads/u", "projects/theirs/uploads/u"]
    assert type(await error_from(write_parts(kitchen, names, token))) is NotFoundError


async def test_a_stream_stays_in_its_project(kitchen: Kitchen) -> None:
    names = ["projects/mine/uploads/u", "projects/other/uploads/u"]
    assert type(await error_from(write_parts(kitchen, names, kitchen.token))) is InvalidInputError
