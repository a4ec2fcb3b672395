"""Recipes submitted to a real gateway that knows all stages. Nobody works for it, so nothing is baked."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bakehouse.client.baking import readable_id
from bakehouse.client.client import Client
from bakehouse.client.pipeline_values import PipelineMode
from bakehouse.client.shipping import Shipped
from bakehouse.errors import InvalidInputError
from bakehouse.ids import parse_id
from bakehouse.recipe.recipe import parse_recipe
from bakehouse.topology import installed_services
from tests.bakehouse.client.gateway_process import GatewayProcess
from tests.bakehouse.recipe.kitchen import make_kitchen


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(tmp_path_factory.mktemp("bakery"), services=installed_services())
    gateway.open()
    yield gateway
    gateway.close()


@pytest.fixture
def client(bakery: GatewayProcess) -> Iterator[Client]:
    with bakery.client() as client:
        yield client


@pytest.fixture
def recipe(tmp_path: Path) -> dict[str, Any]:
    return make_kitchen(tmp_path) | {"project": "kitchen"}


def written(folder: Path, recipe: dict[str, Any]) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe))
    return path


def test_a_recipe_becomes_a_pipeline_that_names_all_by_digest(
    client: Client, tmp_path: Path, recipe: dict[str, Any]
) -> None:
    pipeline = client.bake(written(tmp_path, recipe))
    made = client.pipelines.get(pipeline.name)
    assert (made.project, made.mode) == ("kitchen", PipelineMode.BAKE)
    assert made.recipe is not None
    (dataset,) = made.recipe["datasets"]
    assert (dataset["id"], dataset["caption_strategy"]) == ("concept", "textfile")
    assert b'"name":"0.png"' in client.blobs.read(dataset["listing"], project="kitchen")
    assert b"model_index.json" in client.blobs.read(made.recipe["base_model"], project="shared")
    assert b"model.onnx" in client.blobs.read(made.recipe["captioning"]["tagger"], project="shared")
    assert made.recipe["training"]["learning_rate"] == "0.0001"
    assert [stage.name for stage in made.stages][:2] == ["register", "snapshot"]


def test_baking_again_sends_nothing(client: Client, tmp_path: Path, recipe: dict[str, Any]) -> None:
    path = written(tmp_path, recipe)
    first, told = client.bake(path), list[Shipped]()
    again = client.bake(path, progress=told.append)
    assert {shipped.phase for shipped in told} == {"reading"}
    assert (again.name != first.name, again.fresh, client.bake(path, fresh=True).fresh != "") == (
        True,
        "",
        True,
    )


def test_a_plan_is_a_pipeline_too(client: Client, tmp_path: Path, recipe: dict[str, Any]) -> None:
    assert client.plan(written(tmp_path, recipe)).mode is PipelineMode.PLAN


def test_sources_that_the_studio_reads_are_named_and_archives_sent(
    client: Client, tmp_path: Path, recipe: dict[str, Any]
) -> None:
    with zipfile.ZipFile(tmp_path / "cats.zip", "w") as archive:
        archive.writestr("a.png", b"1")
    recipe["datasets"] = [
        {"id": "packed", "instance_data_dir": "cats.zip", "repeats": 1},
        {
            "id": "stored",
            "type": "aws",
            "aws_bucket_name": "cats",
            "aws_access_key_id": "wpz-canary",
            "aws_secret_access_key": "xyz-canary",
        },
    ]
    told = list[Shipped]()
    pipeline = client.bake(written(tmp_path, recipe), progress=told.append)
    made = client.pipelines.get(pipeline.name)
    assert made.recipe is not None
    packed, stored = made.recipe["datasets"]
    assert packed["source"]["type"] == "zip"
    sent = client.blobs.read(packed["source"]["archive"], project="kitchen")
    assert sent == (tmp_path / "cats.zip").read_bytes()
    assert any(shipped.what == "dataset packed" and shipped.done_bytes == len(sent) for shipped in told)
    assert stored["source"]["secret_access_key"] == "secret://stored-aws-secret-access-key"
    assert "canary" not in str(made.recipe)
    assert [stage.name for stage in made.stages][:3] == ["register", "ingest", "snapshot"]
    listings = {dataset.id: dataset.listing for dataset in client.datasets.list(project="kitchen")}
    assert (listings["packed"], listings["stored"]) == (None, None)


def test_a_listing_that_is_not_there_is_refused_by_the_studio(
    client: Client, tmp_path: Path, recipe: dict[str, Any]
) -> None:
    recipe["datasets"] = [{"id": "concept", "listing": "0" * 64}]
    with pytest.raises(InvalidInputError, match=r"0{64}"):
        client.bake(written(tmp_path, recipe))


def test_what_is_wrong_is_said_before_anything_is_sent(
    client: Client, tmp_path: Path, recipe: dict[str, Any]
) -> None:
    recipe["training"]["network_dmi"] = 3
    with pytest.raises(InvalidInputError, match="did you mean network_dim"):
        client.bake(written(tmp_path, recipe | {"project": "never"}))
    assert "never" not in [project.id for project in client.projects.list()]


@pytest.mark.parametrize(
    ("output_name", "beginning"),
    [
        ("zobkin", "zobkin"),
        ("Zob_Kin 2", "zob-kin-2"),
        (None, "recipe"),
        ("世界", "pipeline"),
        ("x" * 80, "x" * 39),
    ],
)
def test_a_pipeline_is_called_by_what_it_bakes(
    tmp_path: Path, recipe: dict[str, Any], output_name: str | None, beginning: str
) -> None:
    if output_name is not None:
        recipe["output_name"] = output_name
    read = parse_recipe(recipe, folder=tmp_path, name=str(tmp_path / "recipe.yaml"))
    name = parse_id(readable_id(read), field="pipeline_id")
    assert (name[:-9], len(name) <= 48) == (beginning, True)
    assert readable_id(read) != name
