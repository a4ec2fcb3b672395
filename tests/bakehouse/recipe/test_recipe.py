"""Recipes: read whole, and everything that is wrong said in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.recipe.recipe import Recipe, parse_recipe, read_recipe
from tests.bakehouse.recipe.kitchen import make_kitchen


@pytest.fixture
def recipe(tmp_path: Path) -> dict[str, Any]:
    return make_kitchen(tmp_path)


def test_a_recipe_is_read_with_what_it_names(tmp_path: Path, recipe: dict[str, Any]) -> None:
    (tmp_path / "recipe.json").write_text(json.dumps(recipe))
    read = read_recipe(tmp_path / "recipe.json")
    assert (read.project, [dataset.id for dataset in read.datasets]) == ("default", ["concept"])
    assert read.training == {"network_dim": 8, "learning_rate": "0.0001", "max_train_steps": 10}
    assert (len(read.base_model), read.cache_dtype, read.remarks) == (6, None, ())
    assert read.captioning is not None


def test_name_and_prompts_belong_to_training(tmp_path: Path, recipe: dict[str, Any]) -> None:
    read = parse_recipe({**recipe, "output_name": "zob", "sample_prompts": ["x --d 3"]}, folder=tmp_path)
    assert read.training["output_name"] == "zob"
    assert read.training["sample_prompts"] == [{"prompt": "x", "seed": 3}]


def test_a_base_model_that_the_studio_has_is_named_by_its_listing(
    tmp_path: Path, recipe: dict[str, Any]
) -> None:
    digest = digest_bytes(b"listing")
    assert parse_recipe({**recipe, "base_model": digest}, folder=tmp_path).base_model == digest


def problems_of(recipe: dict[str, Any], folder: Path) -> str:
    with pytest.raises(InvalidInputError) as caught:
        parse_recipe(recipe, folder=folder, name="my.yaml")
    assert caught.value.message.startswith("my.yaml: ")
    assert "\n" not in caught.value.message
    return caught.value.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base_modle": "x"}, "base_modle: unknown; did you mean base_model?"),
        ({"pretrained_model_name_or_path": "x"}, "unknown; here it is base_model"),
        ({"base_model": None}, "base_model: missing; name a diffusers folder"),
        ({"base_model": "gone"}, "gone is not there"),
        ({"base_model": "server:/models/x"}, "only instance_data_dir may be a path of the server"),
        ({"training": {"network_dmi": 8}}, "training.network_dmi: unknown; did you mean network_dim?"),
        ({"training": 3}, "training: 3 is no table"),
        ({"output_name": "a", "training": {"output_name": "b"}}, "output_name: it is there twice"),
        ({"sample_prompts": 3}, "sample_prompts: give a list"),
        ({"project": "No!"}, "'No!' is no id"),
        (
            {"captioning": {"tagger": "tagger", "entries": {"x": {}}}},
            "entries.x: no dataset has this id; there are",
        ),
        ({"training": {"wandb_api_key": "abc123"}}, "training.wandb_api_key: a secret in clear"),
    ],
)
def test_what_is_wrong_is_said_with_its_remedy(
    tmp_path: Path, recipe: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    said = problems_of(recipe | change, tmp_path)
    assert words in said
    assert "abc123" not in said


def test_all_is_said_at_once(tmp_path: Path, recipe: dict[str, Any]) -> None:
    wrong = recipe | {"base_model": "gone", "datasets": [{"id": "x"}], "training": {"network_dim": "big"}}
    said = problems_of(wrong, tmp_path)
    assert [word in said for word in ("gone", "instance_data_dir", "'big'")] == [True, True, True]


def test_no_training_is_no_recipe(tmp_path: Path, recipe: dict[str, Any]) -> None:
    del recipe["training"]
    assert "training: missing" in problems_of(recipe, tmp_path)


@pytest.mark.parametrize("data", [None, [], "x", 3])
def test_what_is_no_table_is_no_recipe(tmp_path: Path, data: Any) -> None:
    assert "no table of options" in problems_of(data, tmp_path)


def test_remarks_are_no_problem(tmp_path: Path, recipe: dict[str, Any]) -> None:
    recipe["training"]["cache_latents"] = True
    read: Recipe = parse_recipe(recipe, folder=tmp_path)
    assert len(read.remarks) == 1
