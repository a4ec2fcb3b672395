"""Studios for commands to talk to, named by the environment as a user would."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bakehouse.logs import configure_logs
from tests.bakehouse.client.gateway_process import GatewayProcess
from tests.bakehouse.client.stock import Stock, open_stock
from tests.bakehouse.client.studio_thread import StudioThread


@pytest.fixture(autouse=True)
def no_logs() -> Iterator[None]:
    """The servers of this process say nothing where a command prints."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logs(level="error", log_format="json")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(tmp_path_factory.mktemp("gateway"))
    gateway.open()
    with gateway.client() as client:
        client.projects.create("default")
    yield gateway
    gateway.close()


@pytest.fixture
def named_gateway(gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch) -> GatewayProcess:
    """The gateway that commands find."""
    monkeypatch.setenv("BAKEHOUSE_ADDRESS", gateway.address)
    monkeypatch.setenv("BAKEHOUSE_TOKEN", gateway.token)
    return gateway


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StudioThread]:
    """The server that commands find. It is not open yet."""
    studio = StudioThread(tmp_path)
    monkeypatch.setenv("BAKEHOUSE_ADDRESS", f"127.0.0.1:{studio.port}")
    monkeypatch.setenv("BAKEHOUSE_TOKEN", studio.token)
    yield studio
    studio.close()


@pytest.fixture
def stock(named_gateway: GatewayProcess, tmp_path: Path) -> Iterator[Stock]:
    """A project for snapshots, in the gateway that commands find."""
    with named_gateway.client() as client:
        yield open_stock(named_gateway, client, tmp_path)
