"""A server from its start to its end, and what it does not take."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from bakehouse.errors import InvalidInputError, StateError, UnavailableError
from bakehouse.rpc.channel import open_channel
from bakehouse.rpc.contract import METHODS
from bakehouse.rpc.server import serve
from bakehouse.rpc.settings import RpcSettings
from bakehouse.v1.project_pb2 import GetProjectRequest, Project
from tests.bakehouse.rpc.kitchen import GET_PROJECT, Kitchen, bearer, error_from, failure_of

REQUEST = GetProjectRequest(name="projects/p")


class Oven:
    """A GetProject that takes until it is told that it is done."""

    def __init__(self) -> None:
        self.begun, self.done = asyncio.Event(), asyncio.Event()

    async def get(self, request: GetProjectRequest) -> Project:
        self.begun.set()
        await self.done.wait()
        return Project(name="projects/done")


async def test_it_says_where_it_listens(kitchen: Kitchen) -> None:
    server = await kitchen.open()
    host, _, port = server.address.rpartition(":")
    assert host == "127.0.0.1"
    assert int(port) > 0


async def test_an_address_that_is_taken_is_an_error_with_the_remedy(kitchen: Kitchen) -> None:
    server = await kitchen.open()
    with pytest.raises(StateError, match=rf"{server.address}.*BAKEHOUSE_LISTEN"):
        await kitchen.open(listen=server.address)


async def test_a_metrics_address_that_is_taken_is_an_error_with_the_remedy(kitchen: Kitchen) -> None:
    server = await kitchen.open()
    with pytest.raises(StateError, match="BAKEHOUSE_METRICS_ADDRESS"):
        await kitchen.open(metrics_address=server.address)


async def test_an_address_that_is_none_is_an_error(kitchen: Kitchen) -> None:
    with pytest.raises(InvalidInputError, match="BAKEHOUSE_LISTEN"):
        await kitchen.open(listen="7700")


async def test_the_first_start_makes_a_token(kitchen: Kitchen, tmp_path: Path) -> None:
    file = tmp_path / "new" / "tokens.json"
    stub = kitchen.stub(await kitchen.open(tokens_file=file))
    await stub.GetProject(REQUEST, metadata=bearer(file.with_name("token").read_text()))


@pytest.mark.parametrize("service", ["", "bakehouse.v1.ProjectService"])
async def test_it_says_that_it_is_well(kitchen: Kitchen, service: str) -> None:
    channel = kitchen.channel(await kitchen.open())
    check = channel.unary_unary(
        "/grpc.health.v1.Health/Check", HealthCheckRequest.SerializeToString, HealthCheckResponse.FromString
    )
    assert (await check(HealthCheckRequest(service=service))).status == HealthCheckResponse.SERVING


async def test_it_says_that_it_is_not_before_it_stops(kitchen: Kitchen) -> None:
    server = await kitchen.open()
    watch = kitchen.channel(server).unary_stream(
        "/grpc.health.v1.Health/Watch", HealthCheckRequest.SerializeToString, HealthCheckResponse.FromString
    )
    call = watch(HealthCheckRequest())
    first = await call.read()
    stopping = asyncio.create_task(server.stop())
    second = await call.read()
    await stopping
    assert [answer.status for answer in (first, second) if isinstance(answer, HealthCheckResponse)] == [
        HealthCheckResponse.SERVING,
        HealthCheckResponse.NOT_SERVING,
    ]


async def test_a_stop_lets_a_call_end(kitchen: Kitchen) -> None:
    oven = Oven()
    kitchen.projects.get = oven.get
    server = await kitchen.open(stop_grace_s=60)
    call = kitchen.stub(server).GetProject(REQUEST, metadata=bearer(kitchen.token))
    await oven.begun.wait()
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0.05)
    oven.done.set()
    assert (await call).name == "projects/done"
    await stopping


async def test_a_call_that_takes_longer_than_the_grace_is_cut(kitchen: Kitchen) -> None:
    oven = Oven()
    kitchen.projects.get = oven.get
    server = await kitchen.open(stop_grace_s=0.05)
    call = kitchen.stub(server).GetProject(REQUEST, metadata=bearer(kitchen.token))
    await oven.begun.wait()
    await server.stop()
    assert type(await error_from(call)) is UnavailableError


async def test_cleanups_run_once_in_order_whatever_becomes_of_one(kitchen: Kitchen) -> None:
    done: list[str] = []

    async def fail() -> None:
        done.append("fail")
        raise OSError("no more eggs")

    async def clean() -> None:
        done.append("clean")

    settings = RpcSettings(listen="127.0.0.1:0", tokens_file=kitchen.tokens_file)
    server = await serve(settings, kitchen.services(), cleanups=[fail, clean])
    await asyncio.gather(server.stop(), server.stop())
    assert done == ["fail", "clean"]


async def test_a_message_that_is_too_large_is_refused(kitchen: Kitchen) -> None:
    channel = kitchen.channel(await kitchen.open())
    call = channel.unary_unary(GET_PROJECT, bytes, bytes)(b"x" * (5 << 20), metadata=bearer(kitchen.token))
    assert (await failure_of(call)).code() == grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_message_that_unpacks_too_large_is_refused(kitchen: Kitchen) -> None:
    channel = kitchen.channel(await kitchen.open())
    call = channel.unary_unary(GET_PROJECT, bytes, bytes)(
        bytes(50 << 20), metadata=bearer(kitchen.token), compression=grpc.Compression.Gzip
    )
    assert (await failure_of(call)).code() == grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_metadata_that_is_too_large_is_refused(kitchen: Kitchen) -> None:
    stub = kitchen.stub(await kitchen.open())
    headers = (*bearer(kitchen.token), ("x-cake", "x" * 65_536))
    failure = await failure_of(stub.GetProject(REQUEST, metadata=headers))
    assert failure.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_more_calls_at_once_than_it_takes_are_refused(kitchen: Kitchen) -> None:
    oven = Oven()
    kitchen.projects.get = oven.get
    stub = kitchen.stub(await kitchen.open(concurrent_calls=1))
    call = stub.GetProject(REQUEST, metadata=bearer(kitchen.token))
    await oven.begun.wait()
    failure = await failure_of(stub.GetProject(REQUEST, metadata=bearer(kitchen.token)))
    oven.done.set()
    assert failure.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    await call


def call_without_stubs(address: str, token: str) -> tuple[set[str], str]:
    """What a client finds and calls that knows nothing but reflection: the services, and a project."""
    with open_channel(address, token=token) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        services = set(database.get_services())
        service = DescriptorPool(database).FindServiceByName("bakehouse.v1.ProjectService")
        method = service.methods_by_name["GetProject"]
        request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        call = channel.unary_unary(GET_PROJECT, request.SerializeToString, response.FromString)
        return services, str(call(request(name="projects/p")))


async def test_a_client_without_stubs_can_list_and_call_it(kitchen: Kitchen) -> None:
    server = await kitchen.open(reflection=True)
    services, project = await asyncio.to_thread(call_without_stubs, server.address, kitchen.token)
    assert {method.containing_service.full_name for method in METHODS.values()} <= services
    assert project == 'name: "projects/p"\n'


async def test_reflection_is_off_unless_it_is_asked_for(kitchen: Kitchen) -> None:
    server = await kitchen.open()
    with pytest.raises(grpc.RpcError) as caught:
        await asyncio.to_thread(call_without_stubs, server.address, kitchen.token)
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


async def test_reflection_asks_for_a_token(kitchen: Kitchen) -> None:
    server = await kitchen.open(reflection=True)
    with pytest.raises(grpc.RpcError) as caught:
        await asyncio.to_thread(call_without_stubs, server.address, "")
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED


PROGRAM = """
import asyncio, sys
from functools import partial
import psutil
from bakehouse.logs import configure_logs
from bakehouse.rpc.server import serve
from bakehouse.rpc.settings import RpcSettings
from tests.bakehouse.rpc.kitchen import Projects, add_ProjectServiceServicer_to_server

HEAVY = {"pyarrow", "minio", "nats", "aiohttp", "torch", "PIL", "numpy"}

async def clean():
    print("cleaned", flush=True)

def report():
    print(psutil.Process().memory_info().rss >> 20, flush=True)
    print(sorted(HEAVY & sys.modules.keys()), flush=True)

async def main():
    configure_logs(level="info", log_format="json")
    add = partial(add_ProjectServiceServicer_to_server, Projects())
    server = await serve(RpcSettings(), {"bakehouse.v1.ProjectService": add}, cleanups=[clean])
    asyncio.get_running_loop().call_soon(report)
    await server.run()

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_is_light_and_ends_well_when_it_is_told_to(tmp_path: Path, number: signal.Signals) -> None:
    where = {"BAKEHOUSE_LISTEN": "127.0.0.1:0", "BAKEHOUSE_TOKENS_FILE": str(tmp_path / "tokens.json")}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env={**os.environ, **where}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        memory_mib, heavy = int(process.stdout.readline()), process.stdout.readline().strip()
        process.send_signal(number)
        rest, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert (heavy, rest, process.returncode) == ("[]", "cleaned\n", 0)
    assert memory_mib < 120
