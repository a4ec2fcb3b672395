"""Every kind of call passes through the guards, and nothing of gRPC's own handling lets a text out."""

import asyncio
from collections.abc import AsyncIterator

import grpc

from bakehouse.errors import InvalidInputError
from bakehouse.v1.event_pb2 import WatchRequest, WatchResponse
from bakehouse.v1.project_pb2 import GetProjectRequest, Project
from bakehouse.v1.upload_pb2 import PartRange, WritePartsRequest, WritePartsResponse
from bakehouse.v1.upload_pb2_grpc import UploadServiceStub
from tests.bakehouse.rpc.kitchen import GET_PROJECT, WATCH, Context, Kitchen, bearer, error_from, failure_of

WRITE_PARTS = "/bakehouse.v1.UploadService/WriteParts"


async def test_one_to_one(kitchen: Kitchen) -> None:
    stub = kitchen.stub(await kitchen.open())
    request = GetProjectRequest(name="projects/p")
    assert await stub.GetProject(request, metadata=bearer(kitchen.token)) == Project(name="projects/p")


async def test_one_to_many(kitchen: Kitchen) -> None:
    async def count(request: WatchRequest, context: Context) -> AsyncIterator[WatchResponse]:
        for number in range(3):
            yield WatchResponse(resume_token=str(number))

    kitchen.behaviours[WATCH] = count
    stub = kitchen.watcher(await kitchen.open())
    call = stub.Watch(WatchRequest(name="projects/p"), metadata=bearer(kitchen.token))
    assert [answer.resume_token async for answer in call] == ["0", "1", "2"]


async def test_one_to_many_by_writing_to_the_context(kitchen: Kitchen) -> None:
    async def write(request: WatchRequest, context: Context) -> None:
        await context.write(WatchResponse(resume_token="7"))

    kitchen.behaviours[WATCH] = write
    stub = kitchen.watcher(await kitchen.open())
    call = stub.Watch(WatchRequest(name="projects/p"), metadata=bearer(kitchen.token))
    assert [answer.resume_token async for answer in call] == ["7"]


async def test_many_to_one(kitchen: Kitchen) -> None:
    async def parts(requests: AsyncIterator[WritePartsRequest], context: Context) -> WritePartsResponse:
        ranges = [PartRange(first=request.part, last=request.part) async for request in requests]
        return WritePartsResponse(received_parts=ranges)

    kitchen.behaviours[WRITE_PARTS] = parts
    stub = UploadServiceStub(kitchen.channel(await kitchen.open()))
    requests = [WritePartsRequest(name="projects/p/uploads/u", part=part) for part in (4, 5)]
    response = await stub.WriteParts(iter(requests), metadata=bearer(kitchen.token))
    assert [part.first for part in response.received_parts] == [4, 5]


async def test_a_damaged_request_is_the_callers_fault(kitchen: Kitchen) -> None:
    channel = kitchen.channel(await kitchen.open())
    error = await error_from(
        channel.unary_unary(GET_PROJECT, bytes, bytes)(b"\xff", metadata=bearer(kitchen.token))
    )
    assert type(error) is InvalidInputError


async def test_a_damaged_message_of_a_stream_is_the_callers_fault(kitchen: Kitchen) -> None:
    channel = kitchen.channel(await kitchen.open())
    call = channel.stream_unary(WRITE_PARTS, bytes, bytes)(iter([b"\xff"]), metadata=bearer(kitchen.token))
    assert type(await error_from(call)) is InvalidInputError


async def test_an_answer_of_another_type_is_our_fault(kitchen: Kitchen) -> None:
    async def nonsense(request: GetProjectRequest, context: Context) -> str:
        return "a cake"

    kitchen.behaviours["/bakehouse.v1.BlobService/GetBlob"] = nonsense
    channel = kitchen.channel(await kitchen.open())
    request = GetProjectRequest(name="projects/p").SerializeToString()
    call = channel.unary_unary("/bakehouse.v1.BlobService/GetBlob", bytes, bytes)(
        request, metadata=bearer(kitchen.token)
    )
    failure = await failure_of(call)
    assert failure.code() == grpc.StatusCode.INTERNAL
    assert "cake" not in str(failure)


async def test_an_unknown_method_is_unimplemented(kitchen: Kitchen) -> None:
    channel = kitchen.channel(await kitchen.open())
    failure = await failure_of(channel.unary_unary("/bakehouse.v1.ProjectService/Eat", bytes, bytes)(b""))
    assert failure.code() == grpc.StatusCode.UNIMPLEMENTED


async def test_a_stream_is_closed_when_its_client_goes(kitchen: Kitchen) -> None:
    closed = asyncio.Event()

    async def watch(request: WatchRequest, context: Context) -> AsyncIterator[WatchResponse]:
        try:
            while True:
                yield WatchResponse()
                await asyncio.sleep(0)
        finally:
            closed.set()

    kitchen.behaviours[WATCH] = watch
    stub = kitchen.watcher(await kitchen.open())
    call = stub.Watch(WatchRequest(name="projects/p"), metadata=bearer(kitchen.token))
    await call.read()
    call.cancel()
    await asyncio.wait_for(closed.wait(), 10)


async def test_an_error_in_the_middle_of_a_stream_is_answered(kitchen: Kitchen) -> None:
    async def watch(request: WatchRequest, context: Context) -> AsyncIterator[WatchResponse]:
        yield WatchResponse()
        raise InvalidInputError("resume_token: no token of ours", field="resume_token")

    kitchen.behaviours[WATCH] = watch
    stub = kitchen.watcher(await kitchen.open())
    call = stub.Watch(WatchRequest(name="projects/p"), metadata=bearer(kitchen.token))
    await call.read()
    error = await error_from(call.read())
    assert isinstance(error, InvalidInputError)
    assert error.field == "resume_token"
