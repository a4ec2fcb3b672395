"""The Dockerfile and the compose file: as their own checkers want them, for all services that there are."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from bakehouse.topology import installed_services, load_services
from tests.source_tree import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE: Any = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
PROCESSES = {name: spec for name, spec in COMPOSE["services"].items() if "build" in spec}


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_compose_file_is_of_its_specification() -> None:
    merged = yaml.safe_dump(COMPOSE)  # its reader knows no merge keys
    assert set(PyCompose.from_yaml(merged).service_names()) == COMPOSE["services"].keys()


def test_every_service_is_served_and_every_pool_worked() -> None:
    wanted = [["gateway"]]
    for service in load_services(installed_services()).values():
        wanted.append([service.module, "serve"])
        wanted += [[service.module, "work", "--pool", pool] for pool in service.pools]
    assert sorted(spec["command"] for spec in PROCESSES.values()) == sorted(wanted)


@pytest.mark.parametrize("name", PROCESSES)
def test_an_image_is_built_for_what_it_runs(name: str) -> None:
    spec = PROCESSES[name]
    service = spec["build"]["args"]["SERVICE"]
    assert spec["command"][0] in {service, f"services.{service}"}
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert service in extras


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_is_told_where_everything_is_and_no_secret_is_written_down(name: str) -> None:
    environment = PROCESSES[name]["environment"]
    assert {"BAKEHOUSE_NATS_URL", "BAKEHOUSE_STORE_URL", "BAKEHOUSE_S3_ENDPOINT"} <= environment.keys()
    secrets = {key: value for key, value in environment.items() if re.search("TOKEN$|SECRET|SIGNING", key)}
    assert all(value.startswith("${") and ":?" in value for value in secrets.values())


def test_nothing_is_root_or_open_to_the_world() -> None:
    assert "USER 10001" in (DEPLOY / "Dockerfile").read_text()
    ports = [port for spec in COMPOSE["services"].values() for port in spec.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
