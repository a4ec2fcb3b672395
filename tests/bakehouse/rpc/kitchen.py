"""A real server in this process whose methods do what a test tells them, and real clients of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from grpc import aio
from typing_extensions import override

from bakehouse.errors import BakehouseError
from bakehouse.rpc.contract import METHODS
from bakehouse.rpc.server import Register, RpcServer, serve
from bakehouse.rpc.settings import RpcSettings
from bakehouse.rpc.status import error_of
from bakehouse.rpc.tokens import Scope, Token, new_token, write_tokens
from bakehouse.v1.event_pb2 import WatchRequest, WatchResponse
from bakehouse.v1.event_pb2_grpc import EventServiceStub
from bakehouse.v1.project_pb2 import (
    CreateProjectRequest,
    GetProjectRequest,
    ListProjectsRequest,
    ListProjectsResponse,
    Project,
    UpdateProjectRequest,
)
from bakehouse.v1.project_pb2_grpc import (
    ProjectServiceServicer,
    ProjectServiceStub,
    add_ProjectServiceServicer_to_server,
)

if TYPE_CHECKING:  # mypy-protobuf's types of the same stubs over an asynchronous channel
    from bakehouse.v1.event_pb2_grpc import EventServiceAsyncStub
    from bakehouse.v1.project_pb2_grpc import ProjectServiceAsyncStub

GET_PROJECT = "/bakehouse.v1.ProjectService/GetProject"
WATCH = "/bakehouse.v1.EventService/Watch"

Get = Callable[[GetProjectRequest], Awaitable[Project]]
Context = aio.ServicerContext[Any, Any]


async def echo(request: GetProjectRequest) -> Project:
    return Project(name=request.name)


async def hang(request: GetProjectRequest) -> Project:
    await asyncio.Event().wait()
    return Project()


def raising(error: BaseException) -> Get:
    async def get(request: GetProjectRequest) -> Project:
        raise error

    return get


async def beat_for_ever(request: WatchRequest, context: Context) -> AsyncIterator[WatchResponse]:
    yield WatchResponse(resume_token="1")
    await asyncio.Event().wait()


class Projects(ProjectServiceServicer):
    """GetProject does what `get` does."""

    def __init__(self) -> None:
        self.get: Get = echo

    @override
    async def GetProject(self, request: GetProjectRequest, context: Context) -> Project:
        return await self.get(request)

    @override
    async def CreateProject(self, request: CreateProjectRequest, context: Context) -> Project:
        return Project(name=f"projects/{request.project_id}")

    @override
    async def ListProjects(self, request: ListProjectsRequest, context: Context) -> ListProjectsResponse:
        return ListProjectsResponse()

    @override
    async def UpdateProject(self, request: UpdateProjectRequest, context: Context) -> Project:
        return request.project


class Kitchen:
    """Tokens, servers and stubs. `behaviours` says what methods but the projects' do; most do nothing."""

    def __init__(self, folder: Path) -> None:
        self.projects = Projects()
        self.behaviours: dict[str, Callable[..., Any]] = {WATCH: beat_for_ever}
        self.tokens_file = folder / "tokens.json"
        self._tokens: list[Token] = []
        self._servers: list[RpcServer] = []
        self._channels: list[aio.Channel] = []
        self.token = self.add_token(scopes=("admin",))

    def add_token(
        self,
        *,
        projects: Literal["all"] | tuple[str, ...] = "all",
        scopes: tuple[Scope, ...] = ("read", "write"),
    ) -> str:
        token, kept = new_token(projects=projects, scopes=scopes)
        self._tokens.append(kept)
        write_tokens(self.tokens_file, self._tokens)
        return token

    async def open(self, **settings: object) -> RpcServer:
        values = {"listen": "127.0.0.1:0", "tokens_file": self.tokens_file, "stop_grace_s": 5, **settings}
        server = await serve(RpcSettings.model_validate(values), self.services())
        self._servers.append(server)
        return server

    def services(self) -> Mapping[str, Register]:
        names = {method.containing_service.full_name for method in METHODS.values()}
        registers = {name: self._register(name) for name in names}
        registers["bakehouse.v1.ProjectService"] = partial(
            add_ProjectServiceServicer_to_server, self.projects
        )
        return registers

    def channel(self, server: RpcServer) -> aio.Channel:
        channel = aio.insecure_channel(server.address)
        self._channels.append(channel)
        return channel

    def stub(self, server: RpcServer) -> "ProjectServiceAsyncStub":
        return ProjectServiceStub(self.channel(server))

    def watcher(self, server: RpcServer) -> "EventServiceAsyncStub":
        return EventServiceStub(self.channel(server))

    async def close(self) -> None:
        for channel in self._channels:
            await channel.close()
        for server in self._servers:
            await server.stop()

    def _register(self, service: str) -> Register:
        handlers = {
            method.name: self._handler(path, method)
            for path, method in METHODS.items()
            if method.containing_service.full_name == service
        }
        generic = grpc.method_handlers_generic_handler(service, handlers)
        return lambda server: server.add_generic_rpc_handlers([generic])

    def _handler(self, path: str, method: MethodDescriptor) -> "grpc.RpcMethodHandler[Any, Any]":
        request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)

        async def one(request: Any, context: Context) -> Any:
            if method.client_streaming:
                _ = [message async for message in request]
            return response()

        async def many(request: Any, context: Context) -> AsyncIterator[Any]:
            yield response()

        make = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }[method.client_streaming, method.server_streaming]
        behaviour = self.behaviours.get(path, many if method.server_streaming else one)
        return make(behaviour, request.FromString, response.SerializeToString)


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


async def failure_of(call: Awaitable[object]) -> aio.AioRpcError:
    """How a call that has to fail fails."""
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    return caught.value


async def error_from(call: Awaitable[object]) -> BakehouseError:
    """The same as the client library raises it."""
    return error_of(await failure_of(call))
