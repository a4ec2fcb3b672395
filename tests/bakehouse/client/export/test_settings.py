"""Configuration files of exports: read by our own readers."""

import json
import tomllib
from typing import Any

import pytest

from bakehouse.client.export.places import Layout
from bakehouse.client.export.settings import ExportedEntry, dataloader, folder_of, kohya_config
from bakehouse.dataset_config.entries import read_entries
from bakehouse.recipe.kohya_datasets import tables_of_kohya

OPTIONS: dict[str, Any] = {
    "id": "cats",
    "listing": "0" * 64,
    "resolution": "512",
    "crop": True,
    "crop_aspect": "preserve",
    "repeats": 4,
    "caption_strategy": "instanceprompt",
    "instance_prompt": "a cat",
}


def entry(**changes: Any) -> ExportedEntry:
    return ExportedEntry(**{"id": "cats", "folder": "cats", "options": OPTIONS, **changes})


@pytest.mark.parametrize("layout", [Layout.FOLDER, Layout.IMAGEFOLDER, Layout.PARQUET])
def test_a_dataloader_has_the_rules_and_not_the_captions(layout: Layout) -> None:
    tables = json.loads(dataloader(layout, [entry()]))
    read = read_entries(tables, place="datasets")
    assert read.problems == ()
    (found,) = read.images
    assert found.spec is not None
    assert (found.spec.resolution, found.spec.crop, int(found.spec.repeats)) == (512, True, 4)
    assert found.values["instance_data_dir"] == "cats"
    assert "instance_prompt" not in found.values
    assert found.spec.caption_strategy == ("textfile" if layout is Layout.FOLDER else "parquet")


def test_captions_of_several_lines_stay_whole() -> None:
    (table,) = json.loads(dataloader(Layout.FOLDER, [entry(has_lines=True)]))
    assert table["disable_multiline_split"] is True


def test_kohya_counts_each_picture_once_more() -> None:
    assert folder_of(Layout.KOHYA, "cats", OPTIONS) == "5_cats"
    assert folder_of(Layout.FOLDER, "cats", OPTIONS) == "cats"
    assert folder_of(Layout.KOHYA, "cats", {"repeats": "2.5"}).endswith("_cats")
    prior = {"resolution": "0.262144", "resolution_type": "area", "is_regularisation_data": True}
    text = kohya_config([entry(folder="5_cats"), entry(id="prior", folder='1_"x"', options=prior)])
    read = tomllib.loads(text)
    first, second = read["datasets"]
    assert (first["resolution"], second["resolution"]) == (512, 512)
    assert first["subsets"] == [{"image_dir": "5_cats", "num_repeats": 5}]
    assert second["subsets"] == [{"image_dir": '1_"x"', "num_repeats": 1, "is_reg": True}]


def test_kohyas_config_is_read_back() -> None:
    found = tables_of_kohya(tomllib.loads(kohya_config([entry(folder="5_cats")])))
    assert found.problems == []
    (table,) = found.tables
    assert isinstance(table, dict)
    assert (table["instance_data_dir"], table["repeats"]) == ("5_cats", 4)
