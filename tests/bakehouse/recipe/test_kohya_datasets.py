"""kohya's dataset_config as datasets of ours."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.canonical_json import Json
from bakehouse.dataset_config.entries import read_entries
from bakehouse.dataset_config.entry import EntrySpec
from bakehouse.recipe.kohya_datasets import KohyaTables, is_kohya, tables_of_kohya

DOCUMENT = """
[general]
enable_bucket = true
caption_extension = ".txt"
keep_tokens = 1

[[datasets]]
resolution = [512, 768]
batch_size = 4
min_bucket_reso = 320
max_bucket_reso = 960

  [[datasets.subsets]]
  image_dir = "img/10_zobkin cat"
  class_tokens = "zobkin cat"
  num_repeats = 10

  [[datasets.subsets]]
  image_dir = "reg/1_cat"
  is_reg = true
  caption_extension = ".caption"

[[datasets]]
resolution = 1024
enable_bucket = false

  [[datasets.subsets]]
  image_dir = 'C:\\pictures\\10_zobkin cat'
  random_crop = true
  caption_prefix = "photo of"
"""


def subset(**options: Any) -> dict[str, Json]:
    own = {"image_dir": "cats", **options}
    return {"datasets": [{"resolution": 512, "subsets": [own]}]}


def specs(tables: KohyaTables) -> list[EntrySpec]:
    read = read_entries(tables.tables, place="datasets")
    assert read.problems == ()
    return [entry.spec for entry in read.images if entry.spec is not None]


def test_a_subset_is_a_dataset_with_what_stands_above_it() -> None:
    found = tables_of_kohya(tomllib.loads(DOCUMENT))
    assert found.problems == []
    cat, prior, large = specs(found)
    assert [cat.id, prior.id, large.id] == ["zobkin-cat", "cat", "zobkin-cat-1024"]
    assert [int(spec.repeats) for spec in (cat, prior, large)] == [9, 0, 0]
    assert [cat.train_batch_size, large.train_batch_size] == [4, None]
    assert [cat.resolution_size, large.resolution_size, large.resolution] == [(512, 768), None, 1024]
    assert [cat.is_regularisation_data, prior.is_regularisation_data] == [False, True]
    assert [cat.class_tokens, prior.class_tokens] == ["zobkin cat", None]
    assert [cat.caption_extension, prior.caption_extension] == [".txt", ".caption"]
    assert [cat.crop_style, large.crop_style] == ["center", "random"]
    assert {cat.caption_strategy, prior.caption_strategy} == {"textfile"}
    assert large.caption_prefix == "photo of"
    assert cat.kohya is not None
    assert (cat.kohya.width, cat.kohya.height, cat.kohya.max_bucket_reso) == (512, 768, 960)
    assert large.kohya is not None
    assert (large.kohya.enable_bucket, large.kohya.width) == (False, 1024)


def test_its_own_defaults_hold_and_are_said() -> None:
    found = tables_of_kohya(subset())
    (spec,) = specs(found)
    assert (spec.enable_bucket, spec.caption_extension, int(spec.repeats)) == (False, ".caption", 0)
    assert len(found.remarks) == 2
    assert all("is not given" in remark for remark in found.remarks)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"shuffle_caption": True}, "datasets[0].subsets[0].shuffle_caption: True: captions in other orders"),
        ({"flip_aug": True}, "datasets[0].subsets[0].flip_aug: True: mirrored pictures"),
        ({"color_aug": "true"}, "datasets[0].subsets[0].color_aug: 'true': changed colours"),
        (
            {"caption_dropout_rate": 0.1},
            "datasets[0].subsets[0].caption_dropout_rate: 0.1: it is one for all",
        ),
        ({"face_crop_aug_range": [1, 2]}, "datasets[0].subsets[0].face_crop_aug_range: [1, 2]: zooming"),
        ({"metadata_file": "meta.json"}, "datasets[0].subsets[0].metadata_file: 'meta.json': captions of a"),
        ({"num_repeat": 3}, "datasets[0].subsets[0].num_repeat: 3: unknown; did you mean num_repeats?"),
        ({"num_repeats": 1.5}, "datasets[0].subsets[0].num_repeats: 1.5 is no whole number; give one"),
        ({"image_dir": None}, "datasets[0].subsets[0].image_dir: missing; give it"),
    ],
)
def test_what_is_not_there_is_refused_with_its_place(options: dict[str, Any], problem: str) -> None:
    (found,) = tables_of_kohya(subset(**options)).problems
    assert found.startswith(problem)


def test_what_asks_for_nothing_is_taken() -> None:
    options = {
        "shuffle_caption": False,
        "flip_aug": False,
        "caption_dropout_rate": 0,
        "custom_attributes": {},
    }
    assert tables_of_kohya(subset(**options)).problems == []


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"general": {"flip_aug": True}, "datasets": []}, "general.flip_aug: True: mirrored pictures"),
        ({"general": 3, "datasets": []}, "general: 3 is no table of options; give one"),
        ({"generals": {}, "datasets": []}, "generals: unknown; did you mean general?"),
        (
            {"datasets": [{"resolution": 512, "subsets": []}]},
            "datasets[0].subsets: missing; give each folder",
        ),
        ({"datasets": [3]}, "datasets[0]: 3 is no table of options; give one"),
        (
            {"datasets": [{"subsets": [{"image_dir": "cats"}]}]},
            "datasets[0].subsets[0].resolution: missing; give it",
        ),
    ],
)
def test_what_is_wrong_higher_up_is_said_there(document: dict[str, Json], problem: str) -> None:
    assert problem in [found[: len(problem)] for found in tables_of_kohya(document).problems]


def test_what_has_no_effect_is_remarked() -> None:
    found = tables_of_kohya(subset(keep_tokens=1))
    assert (
        "datasets[0].subsets[0].keep_tokens: no effect: without shuffle_caption nothing moves"
        in found.remarks
    )


def test_a_folder_that_is_never_shown_is_left_out_as_there() -> None:
    found = tables_of_kohya(subset(num_repeats=0))
    assert (found.tables, found.problems) == ([], [])
    assert "num_repeats is less than 1" in found.remarks[0]


def test_ids_stay_and_are_there_once() -> None:
    own = [{"image_dir": name} for name in ("5_cat", "a/cat", "b/cat", "???")]
    document: dict[str, Json] = {"datasets": [{"resolution": "512,768", "subsets": own}]}
    ids = [spec.id for spec in specs(tables_of_kohya(document))]
    assert ids == ["cat", "cat-512x768", "cat-512x768-2", "subset"]


@pytest.mark.parametrize(
    ("document", "is_kohyas"),
    [
        ({"datasets": [{"subsets": []}]}, True),
        ({"general": {}, "datasets": []}, True),
        ({"datasets": [{"id": "cats"}]}, False),
        ({"datasets": "a.json"}, False),
        ({"id": "cats"}, False),
    ],
)
def test_the_form_tells_whose_it_is(document: dict[str, Json], *, is_kohyas: bool) -> None:
    assert is_kohya(document) is is_kohyas


KEYS = st.sampled_from(
    ["general", "datasets", "subsets", "image_dir", "resolution", "num_repeats", "is_reg", "x\ny"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=4)
    | st.sampled_from(["512,768", "1e999", "a/b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(document=st.dictionaries(KEYS, VALUES, max_size=3))
def test_whatever_is_given_is_read_or_refused(document: dict[str, Json]) -> None:
    found = tables_of_kohya(document)
    read = read_entries(found.tables, place="datasets")
    assert found.problems or read.problems or read.images or found.remarks
    assert all("\n" not in problem for problem in found.problems)
