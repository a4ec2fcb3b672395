"""Datasets: SimpleTuner's entries, with the files of their folders."""

import json
from pathlib import Path
from typing import Any

import pytest

from bakehouse.canonical_json import Json
from bakehouse.digest import digest_bytes
from bakehouse.recipe.datasets import Dataset, read_datasets
from bakehouse.recipe.findings import Findings
from tests.bakehouse.recipe.kitchen import make_pictures

ENTRY: dict[str, Any] = {"id": "a", "instance_data_dir": "a"}


def read(value: Json, folder: Path, *, has_tagger: bool = False) -> tuple[tuple[Dataset, ...], Findings]:
    findings = Findings()
    return read_datasets(value, folder, findings, has_tagger=has_tagger), findings


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    make_pictures(tmp_path / "a", captioned=False)
    make_pictures(tmp_path / "b")
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_an_entry_keeps_its_options_in_canonical_form(kitchen: Path) -> None:
    (dataset,), findings = read(
        [{**ENTRY, "type": "local", "resolution": 64, "repeats": "2", "crop": "True", "crop_style": None}],
        kitchen,
    )
    assert dataset.options == {"resolution": "64", "repeats": 2, "crop": True}
    assert isinstance(dataset.source, tuple)
    assert (dataset.id, len(dataset.source), findings.problems) == ("a", 3, [])


def test_entries_may_stand_in_a_file_of_their_own(kitchen: Path) -> None:
    (kitchen / "config").mkdir()
    (kitchen / "config" / "multidatabackend.json").write_text(
        json.dumps(
            [
                {
                    "id": "b",
                    "type": "local",
                    "instance_data_dir": "../b",
                    "cache_dir_vae": "/cache",
                    "probability": 1,
                },
                {"id": "texts", "dataset_type": "text_embeds", "default": True, "type": "aws"},
                {"id": "off", "instance_data_dir": "../a", "disable": True},
            ]
        )
    )
    datasets, findings = read("config/multidatabackend.json", kitchen)
    assert [dataset.id for dataset in datasets] == ["b"]
    assert findings.problems == []
    assert len(findings.remarks) == 3


def test_a_listing_that_the_studio_has_is_named_by_its_digest(kitchen: Path) -> None:
    digest = digest_bytes(b"listing")
    (dataset,), _ = read([{"id": "a", "listing": digest}], kitchen)
    assert dataset.source == digest


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"instance_data_dir": "a"}, "datasets[0]: id: missing"),
        ({**ENTRY, "id": "my own set"}, "did you mean my-own-set?"),
        ({"id": "a"}, "dataset a: instance_data_dir: missing"),
        ({**ENTRY, "listing": "0" * 64}, "not with listing"),
        ({**ENTRY, "instance_data_dir": "gone"}, "gone is not there"),
        ({**ENTRY, "instance_data_dir": "empty"}, "empty holds nothing"),
        ({**ENTRY, "type": "aws"}, "dataset a: aws_bucket_name: missing"),
        ({**ENTRY, "dataset_type": "video"}, "dataset a: dataset_type: 'video' is not there yet"),
        ({**ENTRY, "minimum_imge_size": 3}, "did you mean minimum_image_size?"),
        ({**ENTRY, "resolution": "big"}, "'big' is no number"),
        (
            {**ENTRY, "caption_strategy": "textfile"},
            "3 of 3 pictures have no .txt beside them (0.png, 1.png, 2.png)",
        ),
        ({"id": "a", "source": {"type": "folder"}}, "dataset a: source: the studio is asked with it"),
        ({"id": "a", "type": "csv", "csv_file": "no.csv"}, "dataset a: csv_file: "),
        ({"id": "a", "type": "huggingface", "dataset_name": "x"}, "dataset a: dataset_name: x is no folder"),
        ("a", "'a' is no table"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(kitchen: Path, entry: Json, words: str) -> None:
    _, findings = read([entry], kitchen)
    assert words in "; ".join(findings.problems)


@pytest.mark.parametrize("value", [None, [], 3, {}, "gone.json"])
def test_datasets_are_a_list(kitchen: Path, value: Json) -> None:
    datasets, findings = read(value, kitchen)
    assert (datasets, len(findings.problems)) == ((), 1)


def test_an_id_is_there_once(kitchen: Path) -> None:
    _, findings = read([ENTRY, ENTRY], kitchen)
    assert findings.problems == ["dataset a: id: 'a' is there twice; give each dataset its own"]


def test_where_all_entries_are_left_out_there_is_nothing_to_train_on(kitchen: Path) -> None:
    _, findings = read([{**ENTRY, "disabled": True}], kitchen)
    assert "none of the entries" in findings.problems[0]


def test_with_a_tagger_nobody_needs_text_files(kitchen: Path) -> None:
    _, findings = read([{**ENTRY, "caption_strategy": "textfile"}], kitchen, has_tagger=True)
    assert findings.problems == []


def sources(datasets: tuple[Dataset, ...]) -> dict[str, tuple[list[str], int, Json]]:
    return {
        dataset.id: (
            sorted(file.name for file in dataset.source),
            int(str(dataset.options["repeats"])),
            dataset.options.get("class_tokens"),
        )
        for dataset in datasets
        if isinstance(dataset.source, tuple)
    }


@pytest.mark.parametrize("level", ["set", "set/img", "set/img/10_zobkin cat"])
def test_kohya_folders_say_how_often_they_are_shown_at_any_level(tmp_path: Path, level: str) -> None:
    make_pictures(tmp_path / "set" / "img" / "10_zobkin cat", num=1, captioned=False)
    datasets, findings = read([{"id": "k", "instance_data_dir": level}], tmp_path)
    assert sources(datasets) == {"k": (["0.png"], 9, "zobkin cat")}
    assert datasets[0].options["caption_strategy"] == "textfile"
    assert "repeats: 9 (10 times an epoch), caption 'zobkin cat'" in findings.remarks[-1]


def test_pictures_of_a_kohya_folder_need_no_text_beside_them(tmp_path: Path) -> None:
    make_pictures(tmp_path / "10_zobkin cat", captioned=False)
    entry = {"id": "k", "instance_data_dir": "10_zobkin cat", "caption_strategy": "textfile"}
    (dataset,), findings = read([entry], tmp_path)
    assert dataset.options["class_tokens"] == "zobkin cat"
    assert findings.problems == []
    assert not [remark for remark in findings.remarks if "not trained on" in remark]


def test_several_kohya_folders_are_several_datasets(tmp_path: Path) -> None:
    for name in ("img/10_zobkin cat", "img/5_dog", "reg/1_cat"):
        make_pictures(tmp_path / "set" / name, num=1)
    datasets, _ = read([{"id": "k", "instance_data_dir": "set"}], tmp_path)
    files = ["0.png", "0.txt"]
    assert sources(datasets) == {
        "k-zobkin-cat": (files, 9, "zobkin cat"),
        "k-dog": (files, 4, "dog"),
        "k-reg-cat": (files, 0, "cat"),
    }
    assert [dataset.options.get("is_regularisation_data") for dataset in datasets] == [None, None, True]


def test_repeats_that_are_given_go_before_those_of_a_folder(tmp_path: Path) -> None:
    make_pictures(tmp_path / "10_cat", num=1)
    (dataset,), findings = read([{"id": "k", "instance_data_dir": "10_cat", "repeats": 0}], tmp_path)
    assert (dataset.options["repeats"], findings.remarks) == (0, [])


def test_pictures_beside_kohya_folders_keep_it_one_dataset(tmp_path: Path) -> None:
    for name in ("10_cat", "others"):
        make_pictures(tmp_path / "set" / name, num=1)
    (dataset,), findings = read([{"id": "k", "instance_data_dir": "set"}], tmp_path)
    assert "repeats" not in dataset.options
    assert "not taken as kohya's folders N_name" in findings.remarks[-1]


def test_a_table_of_captions_is_sent_beside_the_pictures(kitchen: Path) -> None:
    (kitchen / "t.jsonl").write_text("{}")
    entry = {**ENTRY, "caption_strategy": "parquet", "parquet": {"path": "t.jsonl", "filename_column": "f"}}
    (dataset,), findings = read([entry], kitchen)
    assert (dataset.files, findings.problems) == ({"table": kitchen / "t.jsonl"}, [])
    assert dataset.options["parquet"] == {"filename_column": "f"}
    _, findings = read([{**entry, "parquet": {"path": "gone.csv"}}], kitchen)
    assert "dataset a: parquet.path:" in findings.problems[0]


def test_one_picture_without_a_text_file_is_named_and_stops_nothing(kitchen: Path) -> None:
    (kitchen / "a" / "0.txt").write_text("a cat")
    (dataset,), findings = read([{**ENTRY, "caption_strategy": "textfile"}], kitchen)
    assert (dataset.id, findings.problems) == ("a", [])
    (remark,) = findings.remarks
    assert "2 of 3 pictures have no .txt beside them (1.png, 2.png) and are not trained on" in remark
