"""The gateway as a process: how it starts, why it does not, how it ends, how much it holds."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.v1.studio_pb2 import GetStudioRequest
from tests.gateway.process import GatewayProcess
from tests.nats_process import NatsProcess


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    DirectoryStore(tmp_path / "store").create()
    return tmp_path


@pytest.fixture
def gateway(shared_nats: NatsProcess, folder: Path) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(shared_nats, folder)
    yield gateway
    gateway.end()


def refusal(nats: NatsProcess, folder: Path, **settings: str) -> str:
    """The one line of a start that fails."""
    code, text = GatewayProcess(nats, folder, log_level="error", **settings).refusal()
    assert code == 1
    lines = [line for line in text.splitlines() if line.startswith("gateway: ")]
    assert len(lines) == 1, text
    assert "Traceback" not in text
    return lines[0]


def test_it_serves_in_little_memory_and_ends_when_it_is_told_to(gateway: GatewayProcess) -> None:
    gateway.start()
    client = gateway.client()
    client.studio.GetStudio(GetStudioRequest())
    memory_mib = gateway.memory_mib()
    client.channel.close()
    assert gateway.stop() == 0
    assert memory_mib < 100


def test_without_nats_it_says_so(shared_nats: NatsProcess, folder: Path) -> None:
    line = refusal(shared_nats, folder, nats_url="nats://127.0.0.1:9", nats_patience_s="1")
    assert "NATS at nats://127.0.0.1:9 does not answer" in line
    assert "BAKEHOUSE_NATS_URL" in line


def test_with_a_wrong_token_for_nats_it_says_so(shared_nats: NatsProcess, folder: Path) -> None:
    line = refusal(shared_nats, folder, nats_token="wrong-and-secret", nats_patience_s="1")
    assert "BAKEHOUSE_NATS_TOKEN" in line
    assert "wrong-and-secret" not in line


def test_without_a_store_it_says_so(shared_nats: NatsProcess, folder: Path) -> None:
    assert "BAKEHOUSE_STORE_URL" in refusal(shared_nats, folder, store_url=f"dir://{folder}/nowhere")
    assert "BAKEHOUSE_STORE_URL" in refusal(shared_nats, folder, store_url="")


@pytest.mark.parametrize("setting", ["listen", "http_listen"])
def test_an_address_that_is_taken_is_named(shared_nats: NatsProcess, folder: Path, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        line = refusal(shared_nats, folder, **{setting: address})
    assert address in line
    assert f"BAKEHOUSE_{setting.upper()}" in line


def test_settings_that_are_missing_or_wrong_are_named(shared_nats: NatsProcess, folder: Path) -> None:
    line = refusal(shared_nats, folder, signing_key="short-and-secret", replicas="9", http_listen="0.0.0.0:1")
    assert "BAKEHOUSE_SIGNING_KEY" in line
    assert "BAKEHOUSE_REPLICAS" in line
    assert "short-and-secret" not in line
    assert "BAKEHOUSE_SIGNING_KEY" in refusal(shared_nats, folder, signing_key="")
    assert "BAKEHOUSE_PUBLIC_URL" in refusal(shared_nats, folder, http_listen="0.0.0.0:1")


def test_a_service_that_is_not_there_is_named(shared_nats: NatsProcess, folder: Path) -> None:
    assert "/nowhere.toml is not there" in refusal(shared_nats, folder, services=f"{folder}/nowhere.toml")
