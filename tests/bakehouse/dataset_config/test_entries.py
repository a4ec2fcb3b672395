"""The datasets of a document together."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.canonical_json import Json
from bakehouse.dataset_config.entries import ReadEntries, read_entries
from bakehouse.dataset_config.options import ALIASES, FILLED_IN, OPTIONS

TEXTS: dict[str, Any] = {"id": "texts", "dataset_type": "text_embeds"}


def cats(**options: Any) -> dict[str, Any]:
    return {"id": "cats", "instance_data_dir": "cats", **options}


def read(*tables: Json) -> ReadEntries:
    return read_entries(tables, place="datasets")


def test_images_and_embeds_are_told_apart() -> None:
    found = read(cats(), TEXTS, cats(id="dogs", disabled=True))
    assert [entry.id for entry in found.images] == ["cats"]
    assert [entry.id for entry in found.embeds] == ["texts"]
    assert found.problems == ()
    assert "dataset dogs is disabled and left out" in found.remarks


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ([cats(), cats()], "dataset cats: id: 'cats' is there twice; give each dataset its own"),
        ([cats(), {**TEXTS, "id": "cats"}], "dataset cats: id: 'cats' is there twice"),
        (
            [cats(text_embeds="text")],
            "dataset cats: text_embeds: 'text' is the id of no dataset; leave it out",
        ),
        (
            [cats(text_embeds="text"), TEXTS],
            "dataset cats: text_embeds: 'text' is the id of no dataset; there are texts",
        ),
        (
            [cats(image_embeds="texts"), TEXTS],
            "dataset cats: image_embeds: 'texts' is a dataset of text_embeds, not of image_embeds",
        ),
        (
            [cats(), {**TEXTS, "default": True}, {**TEXTS, "id": "more", "default": "True"}],
            "dataset more: default: true, and dataset texts is it already; keep one",
        ),
        (
            [cats(), {**TEXTS, "dataset_type": "image_embeds", "caption_filter_list": ["a"]}],
            "dataset texts: caption_filter_list: it belongs to text_embeds or to images; move it there",
        ),
        ([], "datasets: none of the entries is a dataset of images that is enabled; give one"),
        ([TEXTS], "datasets: none of the entries is a dataset of images that is enabled; give one"),
        (
            [cats(start_epoch=2)],
            "dataset cats: start_epoch: 2, start_step: 0, probability: 1: nothing can be drawn at",
        ),
        ([3], "datasets[0]: 3 is no table of options; give one"),
    ],
)
def test_what_is_wrong_between_them_is_said(tables: list[Json], problem: str) -> None:
    (found,) = read(*tables).problems
    assert found.startswith(problem)


def test_what_names_a_condition_finds_it() -> None:
    masks: dict[str, Any] = {
        "id": "masks",
        "dataset_type": "conditioning",
        "instance_data_dir": "masks",
        "disabled": True,
    }
    found = read(cats(conditioning_data=["masks", "gone"]), {**masks, "source_dataset_id": "cats"})
    assert (
        "dataset cats: conditioning_data: 'gone' is the id of no dataset; there are masks" in found.problems
    )
    assert not any("'masks' is" in problem for problem in found.problems if "is the id" in problem)


def test_one_dataset_that_is_active_at_the_start_is_enough() -> None:
    assert read(cats(start_step=100), cats(id="dogs")).problems == ()
    assert read(cats(start_step=100), cats(id="dogs", disabled=True)).problems


def test_all_datasets_are_looked_at_before_anything_is_said() -> None:
    found = read(cats(repeets=1), cats(id="dogs", resolution="x"), cats(id="dogs"), {"id": "birds"})
    said = "; ".join(found.problems)
    assert all(
        part in said for part in ("cats: repeets", "dogs: resolution", "dogs: id", "birds: instance_data_dir")
    )


def test_a_dataset_that_others_name_as_their_embeds_is_of_embeds() -> None:
    found = read(cats(image_embeds="latents"), {"id": "latents", "type": "local"})
    assert found.problems == ()
    assert [entry.id for entry in found.embeds] == ["latents"]
    own = read(cats(image_embeds="dogs"), cats(id="dogs"))
    assert "'dogs' is a dataset of image, not of image_embeds" in own.problems[0]


@pytest.mark.parametrize(
    ("tables", "filters"),
    [
        ([cats(), {**TEXTS, "caption_filter_list": ["a"]}], ["a"]),
        ([cats(caption_filter_list=["b"]), {**TEXTS, "caption_filter_list": ["a"]}], ["a", "b"]),
        ([cats(), TEXTS, {**TEXTS, "id": "more", "default": True, "caption_filter_list": "a"}], ["a"]),
        ([cats(text_embeds="texts"), {**TEXTS, "id": "more", "caption_filter_list": "a"}, TEXTS], []),
        ([cats(text_embeds="more"), {**TEXTS, "id": "more", "caption_filter_list": "a"}, TEXTS], ["a"]),
        ([cats()], []),
    ],
)
def test_filters_of_text_embeds_are_those_of_the_images_that_use_them(
    tables: list[Json], filters: list[str]
) -> None:
    found = read(*tables)
    assert found.problems == ()
    (entry,) = found.images
    assert entry.spec is not None
    assert entry.values.get("caption_filter_list", []) == filters
    assert [*entry.spec.caption_filter_list] == filters


def test_filters_that_nobody_uses_are_remarked() -> None:
    unused = {**TEXTS, "id": "more", "caption_filter_list": ["a"]}
    found = read(cats(text_embeds="texts"), TEXTS, unused)
    assert "dataset more: caption_filter_list: no dataset of images uses it" in found.remarks


def test_what_has_no_work_is_said_once() -> None:
    options: dict[str, Any] = {"cache_dir_vae": "/cache", "image_embeds": "latents"}
    latents = {"id": "latents", "dataset_type": "image_embeds"}
    found = read(cats(**options), cats(id="dogs", **options), latents)
    (said,) = [remark for remark in found.remarks if remark.startswith("cache_dir_vae, image_embeds")]
    assert "(dataset cats, dogs): no work here: what is computed is filed" in said
    assert "dataset latents: no work here: caches are the studio's own, filed by content" in found.remarks


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=8),
    st.sampled_from(
        ["true", "1e400", "-1", "0", "512", "area|pixel", "image", "closest", "kohya", "cats", "nan"]
    ),
    st.sampled_from([choice for option in OPTIONS.values() for choice in option.choices]),
)
KEYS = st.sampled_from(
    [*OPTIONS, *ALIASES, *sorted(FILLED_IN), "aspect", "weight", "path", "exact", "unknown (key"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)
TABLES = st.lists(st.dictionaries(KEYS, VALUES, max_size=8) | VALUES, max_size=4)


@settings(max_examples=150, deadline=None)
@given(tables=TABLES)
def test_whatever_is_given_is_read_or_refused_in_a_line(tables: list[Json]) -> None:
    found = read(*tables)
    assert found.problems or all(entry.spec is not None for entry in found.images)
    assert all("\n" not in problem for problem in found.problems)
    if not found.problems:
        again = read(*[entry.values for entry in found.images])
        assert [entry.spec for entry in again.images] == [entry.spec for entry in found.images]
