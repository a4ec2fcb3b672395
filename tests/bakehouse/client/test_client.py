"""The client as a whole."""

import subprocess
import sys
from pathlib import Path

import bakehouse
from bakehouse.client.client import Client
from tests.bakehouse.client.gateway_process import GatewayProcess

HEAVY = ("torch", "PIL", "pyarrow", "nats", "minio", "aiohttp", "numpy")


def modules_after(code: str) -> set[str]:
    """The top-level packages, and the rooms of ours, that a fresh process has after `code`."""
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent.parent.parent,
    )
    return set(shown.stdout.split())


def test_importing_bakehouse_brings_nothing() -> None:
    assert "grpc" not in modules_after("import bakehouse")


def test_the_client_is_light() -> None:
    assert modules_after("from bakehouse import Client").isdisjoint(HEAVY)


def test_the_package_gives_the_client() -> None:
    assert bakehouse.Client is Client


def test_a_studio_says_what_it_can_do(gateway: GatewayProcess) -> None:
    with gateway.client() as client:
        studio = client.studio()
    assert (studio.kinds, studio.store_driver) == (("toy.bake",), "directory")
