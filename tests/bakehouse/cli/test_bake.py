"""`bakehouse plan` and `bake` as users run them, on a gateway that nobody works for."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bakehouse.topology import installed_services
from tests.bakehouse.cli.test_main import ROOT
from tests.bakehouse.client.gateway_process import GatewayProcess
from tests.bakehouse.recipe.kitchen import make_kitchen


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(tmp_path_factory.mktemp("bakery"), services=installed_services())
    gateway.open()
    yield gateway
    gateway.close()


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    recipe = make_kitchen(tmp_path)
    recipe["training"]["cache_latents"] = True
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(recipe))
    (tmp_path / "b.yaml").write_text(yaml.safe_dump(recipe | {"output_name": "b"}))
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump(recipe | {"base_model": "gone", "tranning": {}}))
    return tmp_path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bakehouse.cli.main", *arguments]


def environment(bakery: GatewayProcess) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("BAKEHOUSE_")}
    place = {"BAKEHOUSE_ADDRESS": bakery.address, "BAKEHOUSE_TOKEN": bakery.token, "PYTHONPATH": str(ROOT)}
    return kept | place


def run(bakery: GatewayProcess, kitchen: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=environment(bakery),
        cwd=kitchen,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_several_recipes_are_queued(bakery: GatewayProcess, kitchen: Path) -> None:
    done = run(bakery, kitchen, "bake", "--detach", "a.yaml", "b.yaml")
    assert done.returncode == 0
    assert "a.yaml: training.cache_latents has no work here" in done.stderr
    names = done.stdout.splitlines()
    assert [name.rpartition("/")[2].partition("-")[0] for name in names] == ["a", "b"]
    assert f"b.yaml: pipeline {names[1].rpartition('/')[2]}" in done.stderr
    with bakery.client() as client:
        recipes = [client.pipelines.get(name).recipe for name in names]
    assert [(recipe or {})["training"].get("output_name") for recipe in recipes] == [None, "b"]


def test_what_is_wrong_with_any_recipe_is_said_before_one_is_started(
    bakery: GatewayProcess, kitchen: Path
) -> None:
    with bakery.client() as client:
        before = len(list(client.pipelines.list()))
        done = run(bakery, kitchen, "bake", "a.yaml", "wrong.yaml")
        assert len(list(client.pipelines.list())) == before
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "gone is not there" in done.stderr
    assert "tranning: unknown; did you mean training?" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["bake", "a.yaml"],
            "goes on; come back with: bakehouse watch a-",
        ),
        (["plan", "a.yaml"], "nothing is baked"),
    ],
)
def test_ctrl_c_ends_the_showing_and_says_how_to_come_back(
    bakery: GatewayProcess, kitchen: Path, arguments: list[str], words: str
) -> None:
    with subprocess.Popen(
        command(*arguments, "--json"),
        env=environment(bakery),
        cwd=kitchen,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as baking:
        assert baking.stdout is not None
        baking.stdout.readline()
        baking.send_signal(signal.SIGINT)
        _, said = baking.communicate(timeout=30)
    assert (baking.returncode, words in said) == (130, True)
