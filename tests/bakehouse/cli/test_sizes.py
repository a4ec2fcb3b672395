"""`bakehouse plan --sizes`: no studio, no picture."""

import json
from pathlib import Path

import pytest

from bakehouse.cli.sizes import plan_sizes, read_entry_options
from bakehouse.errors import InvalidInputError, StateError

LOADER = [
    {"id": "cats", "instance_data_dir": "nowhere", "resolution": 512, "minimum_image_size": 400},
    {"id": "dogs", "instance_data_dir": "gone", "resolution": 256},
    {"id": "texts", "dataset_type": "text_embeds", "default": True},
]


@pytest.fixture
def loader(tmp_path: Path) -> Path:
    path = tmp_path / "multidatabackend.json"
    path.write_text(json.dumps(LOADER))
    return path


@pytest.fixture
def sizes(tmp_path: Path) -> Path:
    path = tmp_path / "sizes.jsonl"
    path.write_text('{"width": 300, "height": 300}\n{"width": 900, "height": 900, "name": "a"}\n')
    return path


def planned(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_sizes_are_planned_by_the_rules_of_a_dataset(loader: Path, sizes: Path, tmp_path: Path) -> None:
    plan_sizes(sizes, loader, dataset="cats", alignment=64, out=tmp_path / "cats.jsonl")
    small, large = planned(tmp_path / "cats.jsonl")
    assert (small["reason"], large["target_size"], large["name"]) == ("too_small", [512, 512], "a")
    plan_sizes(sizes, loader, dataset="dogs", alignment=64, out=tmp_path / "dogs.jsonl")
    assert [row["target_size"] for row in planned(tmp_path / "dogs.jsonl")] == [[256, 256]] * 2


def test_without_rules_they_are_those_of_an_entry_that_says_nothing(sizes: Path, tmp_path: Path) -> None:
    plan_sizes(sizes, None, dataset="", alignment=64, out=tmp_path / "out.jsonl")
    assert [row["bucket"] for row in planned(tmp_path / "out.jsonl")] == ["1024x1024"] * 2


def test_a_recipe_has_datasets_too(loader: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"base_model: gone\ndatasets: {loader.name}\ntraining: {{}}\n")
    assert read_entry_options(recipe, "dogs")["resolution"] == "256"


def test_one_of_several_datasets_has_to_be_chosen(loader: Path) -> None:
    with pytest.raises(InvalidInputError, match="2 datasets; choose one with --dataset: cats, dogs"):
        read_entry_options(loader, "")
    with pytest.raises(InvalidInputError, match="no dataset 'birds'; choose one with --dataset"):
        read_entry_options(loader, "birds")


def test_what_is_wrong_is_said_in_a_line(loader: Path, sizes: Path, tmp_path: Path) -> None:
    sizes.write_text("nonsense\n")
    with pytest.raises(InvalidInputError, match=r"line 1: .* is no size"):
        plan_sizes(sizes, None, dataset="", alignment=64, out=tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()  # half a file would stand in the way of the next try
    (tmp_path / "out.jsonl").write_text("mine")
    with pytest.raises(StateError, match="is there already"):
        plan_sizes(sizes, None, dataset="", alignment=64, out=tmp_path / "out.jsonl")
    with pytest.raises(InvalidInputError, match="name a file of JSON lines"):
        plan_sizes(tmp_path / "gone", None, dataset="", alignment=64, out=None)
