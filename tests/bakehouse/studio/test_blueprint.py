"""Which processes there are, and what each is told."""

from pathlib import Path

import pytest

from bakehouse.rpc.addresses import Address
from bakehouse.studio.blueprint import Blueprint, Places, draw
from bakehouse.studio.home import Home
from bakehouse.studio.kept_process import ProcessSpec
from bakehouse.studio.nats_server import NatsServer
from bakehouse.topology import load_services
from tests.conftest import TOY

INHERITED = {
    "PATH": "/bin",
    "BAKEHOUSE_LISTEN": "0.0.0.0:1",
    "BAKEHOUSE_METRICS_ADDRESS": "127.0.0.1:2",
    "BAKEHOUSE_TLS_CERTIFICATE": "cert.pem",
    "BAKEHOUSE_TOKEN": "bh_canary",
    "BAKEHOUSE_NATS_URL": "nats://elsewhere",
    "BAKEHOUSE_S3_ACCESS_KEY": "key",
    "BAKEHOUSE_SECRET_CATS_KEY": "xyz",
    "BAKEHOUSE_SOURCE_ROOTS": "/data",
}


@pytest.fixture
def blueprint(tmp_path: Path) -> Blueprint:
    home = Home(tmp_path / "home")
    home.make()
    places = Places(
        listen=Address(host="127.0.0.1", port=11),
        http_listen=Address(host="127.0.0.1", port=12),
        store_url="dir:///store",
        nats=NatsServer(folder=home.nats, port=13, token="nats-canary"),
    )
    (service,) = load_services([TOY]).values()
    return draw(home, places, {TOY: service}, inherited=INHERITED)


def all_of(blueprint: Blueprint) -> list[ProcessSpec]:
    return [blueprint.nats, blueprint.gateway, *blueprint.serve, *blueprint.work]


def test_there_is_a_process_for_everything(blueprint: Blueprint) -> None:
    names = [spec.name for spec in all_of(blueprint)]
    assert names == ["nats-server", "gateway", "toy-serve", "toy-cpu-1", "toy-cpu-2"]


def test_a_worker_is_told_its_pool(blueprint: Blueprint) -> None:
    assert blueprint.work[0].command[1:] == ["-m", "tests.toy", "work", "--pool", "cpu"]


def test_only_the_gateway_is_told_where_to_listen(blueprint: Blueprint) -> None:
    told = {spec.name: spec.environment.get("BAKEHOUSE_LISTEN") for spec in all_of(blueprint)}
    assert {name: listen for name, listen in told.items() if listen} == {"gateway": "127.0.0.1:11"}


@pytest.mark.parametrize("setting", ["BAKEHOUSE_METRICS_ADDRESS", "BAKEHOUSE_TLS_CERTIFICATE"])
def test_what_only_one_process_can_have_is_the_gateways(blueprint: Blueprint, setting: str) -> None:
    assert [spec.name for spec in all_of(blueprint) if setting in spec.environment] == ["gateway"]


def test_all_find_the_studios_own_nats_and_store(blueprint: Blueprint) -> None:
    for spec in all_of(blueprint)[1:]:
        assert spec.environment["BAKEHOUSE_NATS_URL"] == "nats://127.0.0.1:13"
        assert spec.environment["BAKEHOUSE_STORE_URL"] == "dir:///store"
        assert spec.environment["BAKEHOUSE_S3_ACCESS_KEY"] == "key"


def test_the_users_own_token_goes_to_nobody(blueprint: Blueprint) -> None:
    assert [spec.name for spec in all_of(blueprint) if "BAKEHOUSE_TOKEN" in spec.environment] == []


def test_no_secret_is_in_a_command_or_can_be_logged(blueprint: Blueprint) -> None:
    signing_key = blueprint.gateway.environment["BAKEHOUSE_SIGNING_KEY"]
    for spec in all_of(blueprint):
        assert "canary" not in repr(spec)
        assert signing_key not in repr(spec)


@pytest.mark.parametrize("setting", ["BAKEHOUSE_SECRET_CATS_KEY", "BAKEHOUSE_SOURCE_ROOTS"])
def test_what_sources_need_is_told_to_services_alone(blueprint: Blueprint, setting: str) -> None:
    told = [spec.name for spec in all_of(blueprint) if setting in spec.environment]
    assert told == ["toy-serve", "toy-cpu-1", "toy-cpu-2"]


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", "/home/me"), ("0.0.0.0", None)])
def test_a_studio_of_ones_own_reads_ones_own_folders(tmp_path: Path, host: str, expected: str | None) -> None:
    home = Home(tmp_path / "home")
    home.make()
    places = Places(
        listen=Address(host=host, port=11),
        http_listen=Address(host=host, port=12),
        store_url="dir:///store",
        nats=NatsServer(folder=home.nats, port=13, token="nats-canary"),
    )
    drawn = draw(home, places, {TOY: load_services([TOY])["toy"]}, inherited={"HOME": "/home/me"})
    told = {spec.name: spec.environment.get("BAKEHOUSE_SOURCE_ROOTS") for spec in all_of(drawn)}
    assert told["toy-serve"] == told["toy-cpu-1"] == expected
    assert told["gateway"] is None
