"""A gateway inside a test, and clients of it: real NATS, a real folder or S3, real gRPC, real HTTP."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import google_crc32c
import grpc
import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import digest_bytes
from bakehouse.errors import BakehouseError
from bakehouse.rpc.channel import open_channel
from bakehouse.rpc.status import error_of
from bakehouse.rpc.tokens import Scope, Token, new_token, write_tokens
from bakehouse.topology import Service
from bakehouse.v1.artifact_pb2_grpc import ArtifactServiceStub
from bakehouse.v1.blob_pb2_grpc import BlobServiceStub
from bakehouse.v1.event_pb2_grpc import EventServiceStub
from bakehouse.v1.job_pb2_grpc import JobServiceStub
from bakehouse.v1.pipeline_pb2_grpc import PipelineServiceStub
from bakehouse.v1.project_pb2 import CreateProjectRequest
from bakehouse.v1.project_pb2_grpc import ProjectServiceStub
from bakehouse.v1.snapshot_pb2_grpc import SnapshotServiceStub
from bakehouse.v1.studio_pb2_grpc import StudioServiceStub
from bakehouse.v1.upload_pb2 import CreateUploadRequest, PartRange, Upload, WritePartsRequest
from bakehouse.v1.upload_pb2_grpc import UploadServiceStub
from gateway.bootstrap import Gateway, open_gateway
from gateway.settings import GatewaySettings
from tests.conftest import TOY
from tests.nats_process import NatsProcess

SIGNING_KEY = "a-signing-key-for-tests-of-32-characters-or-more"
MIB = 1 << 20

T = TypeVar("T")


class Client:
    """The stubs over one channel with one token."""

    def __init__(self, address: str, token: str) -> None:
        self.channel = open_channel(address, token=token)
        self.projects = ProjectServiceStub(self.channel)
        self.jobs = JobServiceStub(self.channel)
        self.pipelines = PipelineServiceStub(self.channel)
        self.artifacts = ArtifactServiceStub(self.channel)
        self.snapshots = SnapshotServiceStub(self.channel)
        self.uploads = UploadServiceStub(self.channel)
        self.blobs = BlobServiceStub(self.channel)
        self.events = EventServiceStub(self.channel)
        self.studio = StudioServiceStub(self.channel)


@dataclass(kw_only=True)
class Tokens:
    """A tokens file and the tokens in it."""

    file: Path
    kept: list[Token] = field(default_factory=list)

    def add(
        self,
        *,
        projects: Literal["all"] | tuple[str, ...] = "all",
        scopes: tuple[Scope, ...] = ("read", "write"),
    ) -> str:
        token, kept = new_token(projects=projects, scopes=scopes)
        self.kept.append(kept)
        write_tokens(self.file, self.kept)
        return token


class Bakery:
    """A gateway in this process. Methods that call it do so in a thread, as it needs the loop."""

    def __init__(self, gateway: Gateway, tokens: Tokens, store: DirectoryStore) -> None:
        self.gateway = gateway
        self.tokens = tokens
        self.store = store
        self._clients: list[Client] = []
        self.client = self.client_of(tokens.add())

    @property
    def address(self) -> str:
        return self.gateway.rpc.address

    def client_of(self, token: str) -> Client:
        client = Client(self.address, token)
        self._clients.append(client)
        return client

    async def new_project(self) -> str:
        project = f"p{uuid.uuid4().hex[:12]}"
        await call(self.client.projects.CreateProject, CreateProjectRequest(project_id=project))
        return project

    async def new_upload(self, project: str, data: bytes, **fields: Any) -> Upload:
        upload = Upload(size_bytes=len(data), sha256=digest_bytes(data))
        request = CreateUploadRequest(parent=f"projects/{project}", upload=upload, **fields)
        return await call(self.client.uploads.CreateUpload, request)

    async def send(self, upload: Upload, data: bytes, *parts: int) -> list[tuple[int, int]]:
        """Stream some parts of `data`, or all; what is there then."""
        wanted = parts or range(-(-len(data) // upload.part_size_bytes))
        answer = await call(self.client.uploads.WriteParts, pieces_of(upload, data, wanted))
        return spans(answer.received_parts)

    def close(self) -> None:
        for client in self._clients:
            client.channel.close()


def settings_of(nats: NatsProcess, folder: Path, **changes: Any) -> GatewaySettings:
    values: dict[str, Any] = {
        "nats_url": nats.server.url,
        "nats_token": nats.server.token,
        "store_url": f"dir://{folder / 'store'}",
        "listen": "127.0.0.1:0",
        "http_listen": "127.0.0.1:0",
        "tokens_file": folder / "tokens.json",
        "signing_key": SIGNING_KEY,
        "services": (TOY,),
        "stop_grace_s": 3,
        "nats_patience_s": 5,
    }
    return GatewaySettings.model_validate({**values, **changes})


@asynccontextmanager
async def bakery(nats: NatsProcess, folder: Path, **changes: Any) -> AsyncIterator[Bakery]:
    store = DirectoryStore(folder / "store")
    store.create()
    tokens = Tokens(file=folder / "tokens.json")
    write_tokens(tokens.file, [])
    async with open_gateway(settings_of(nats, folder, **changes)) as gateway:
        opened = Bakery(gateway, tokens, store)
        try:
            yield opened
        finally:
            await asyncio.to_thread(opened.close)


async def call(method: Callable[..., T], request: object, **options: Any) -> T:
    """What a method of a stub answers, or our error of how it fails."""
    try:
        return await asyncio.to_thread(method, request, **options)
    except grpc.RpcError as failure:
        raise error_of(failure) from failure


async def failure_of(method: Callable[..., object], request: object, **options: Any) -> BakehouseError:
    """How a call fails that has to."""
    with pytest.raises(BakehouseError) as caught:
        await call(method, request, **options)
    return caught.value


def pieces_of(
    upload: Upload, data: bytes, parts: Sequence[int], *, piece_bytes: int = MIB
) -> Iterator[WritePartsRequest]:
    size = upload.part_size_bytes
    for part in parts:
        whole = data[part * size : (part + 1) * size]
        for offset in range(0, len(whole), piece_bytes):
            piece = whole[offset : offset + piece_bytes]
            yield WritePartsRequest(
                name=upload.name,
                part=part,
                offset_bytes=offset,
                data=piece,
                crc32c=google_crc32c.value(piece),
            )


def spans(ranges: Sequence[PartRange]) -> list[tuple[int, int]]:
    return [(span.first, span.last) for span in ranges]


def declaration_of(service: Service, folder: Path) -> Path:
    """A service.toml of a service that a test made up."""
    path = folder / f"{service.name}.toml"
    kinds = "".join(
        f'[kinds.{kind.partition(".")[2]}]\npool = "{pool}"\n' for kind, pool in service.kinds.items()
    )
    pools = "".join(
        f"[pools.{pool.name}]\nack_wait_s = {pool.ack_wait_s}\n" for pool in service.pools.values()
    )
    path.write_text(f'name = "{service.name}"\nmodule = "{service.module}"\n{kinds}{pools}')
    return path
