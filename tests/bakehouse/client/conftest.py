"""Studios for the client to talk to: a real gateway, and servers that do what a test tells them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.client.client import Client
from tests.bakehouse.client.gateway_process import GatewayProcess
from tests.bakehouse.client.stock import Stock, open_stock
from tests.bakehouse.client.studio_thread import StudioThread


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway that runs, for the test to kill if it starts it again. No service works for it."""
    gateway = GatewayProcess(tmp_path_factory.mktemp("gateway"))
    gateway.open()
    with gateway.client() as client:
        client.projects.create("default")
    yield gateway
    gateway.close()


@pytest.fixture
def client(gateway: GatewayProcess) -> Iterator[Client]:
    with gateway.client() as client:
        yield client


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioThread]:
    """A server that is not open yet."""
    studio = StudioThread(tmp_path)
    yield studio
    studio.close()


@pytest.fixture
def stock(gateway: GatewayProcess, client: Client, tmp_path: Path) -> Stock:
    """A project for snapshots."""
    return open_stock(gateway, client, tmp_path)
