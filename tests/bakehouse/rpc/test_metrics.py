"""What Prometheus is shown."""

import asyncio
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry

from bakehouse.errors import StateError
from bakehouse.rpc.addresses import Address
from bakehouse.rpc.metrics import MetricsServer
from bakehouse.rpc.server import RpcServer
from bakehouse.v1.event_pb2 import WatchRequest
from bakehouse.v1.project_pb2 import GetProjectRequest
from tests.bakehouse.rpc.kitchen import GET_PROJECT, Kitchen, bearer, failure_of, raising

REQUEST = GetProjectRequest(name="projects/p")


async def shown(server: RpcServer) -> str:
    def read() -> str:
        with urlopen(f"http://{server.metrics_address}/metrics") as response:
            return str(response.read(), "utf-8")

    return await asyncio.to_thread(read)


@pytest.mark.parametrize(
    ("error", "code"),
    [(None, "OK"), (StateError("over"), "FAILED_PRECONDITION"), (ValueError("x"), "INTERNAL")],
)
async def test_calls_are_counted_by_how_they_end(
    kitchen: Kitchen, error: Exception | None, code: str
) -> None:
    server = await kitchen.open(metrics_address="127.0.0.1:0")
    stub = kitchen.stub(server)
    if error is None:
        await stub.GetProject(REQUEST, metadata=bearer(kitchen.token))
    else:
        kitchen.projects.get = raising(error)
        await failure_of(stub.GetProject(REQUEST, metadata=bearer(kitchen.token)))
    assert f'bakehouse_rpc_total{{code="{code}",method="{GET_PROJECT}"}} 1.0' in await shown(server)


async def test_refused_calls_are_counted_too(kitchen: Kitchen) -> None:
    server = await kitchen.open(metrics_address="127.0.0.1:0")
    await failure_of(kitchen.stub(server).GetProject(REQUEST))
    assert 'bakehouse_rpc_total{code="UNAUTHENTICATED"' in await shown(server)


async def test_open_streams_are_shown(kitchen: Kitchen) -> None:
    server = await kitchen.open(metrics_address="127.0.0.1:0")
    call = kitchen.watcher(server).Watch(WatchRequest(name="projects/p"), metadata=bearer(kitchen.token))
    await call.read()
    assert 'bakehouse_rpc_open{method="/bakehouse.v1.EventService/Watch"} 1.0' in await shown(server)


async def test_no_metrics_without_an_address(kitchen: Kitchen) -> None:
    server = await kitchen.open()
    assert server.metrics_address == ""


def test_an_address_that_is_taken_is_named_with_the_remedy() -> None:
    first = MetricsServer(Address(host="127.0.0.1", port=0), CollectorRegistry())
    with pytest.raises(StateError, match="BAKEHOUSE_METRICS_ADDRESS"):
        MetricsServer(first.address, CollectorRegistry())
    first.stop()
