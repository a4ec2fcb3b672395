"""What can't be in a dataset, or not beside its other options."""

from decimal import Decimal
from typing import Any

import pytest

from bakehouse.dataset_config.entry_checks import KOHYA_KEYS, kohya_of, problems_of, prompts_of, untrainable
from bakehouse.dataset_config.entry_fields import EntryFields, ParquetBlock


def entry(**options: Any) -> EntryFields:
    return EntryFields(**{"id": "cats", **options})


def problems(**options: Any) -> str:
    return "; ".join(problems_of(entry(**options)))


def test_nothing_is_wrong_with_the_defaults() -> None:
    assert problems() == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resolution": 0}, "resolution: 0; give more than 0"),
        (
            {"resolution": 1, "resolution_type": "pixel"},
            "resolution: 1 px is less than 16; for megapixels use",
        ),
        ({"resolution": 1024.5}, "resolution: 1024.5 is no whole number of pixels"),
        ({"minimum_image_size": -1}, "minimum_image_size: -1; give 0 or more"),
        (
            {"resolution": 1, "resolution_type": "area", "minimum_image_size": 6},
            "6 megapixels; give at most 5",
        ),
        ({"maximum_image_size": 2048}, "maximum_image_size: 2048 goes with target_downsample_size"),
        ({"target_downsample_size": 768}, "target_downsample_size: 768 goes with maximum_image_size"),
        (
            {"resolution": 512, "maximum_image_size": 4096, "target_downsample_size": 2049},
            "target_downsample_size: 2049 is more than 4 times resolution 512; lower it",
        ),
        (
            {"crop": True, "crop_aspect": "closest"},
            "crop_aspect_buckets: [] has no shape; crop_aspect closest",
        ),
        ({"bucket_reso_steps": 64}, "bucket_reso_steps: 64 goes with bucketing kohya"),
        ({"bucketing": "kohya", "crop": True}, "crop: True goes with bucketing simpletuner"),
        ({"bucketing": "kohya", "aspect_bucket_rounding": 3}, "aspect_bucket_rounding: 3 goes with"),
        (
            {"bucketing": "kohya", "resolution": 1, "resolution_type": "area"},
            "resolution_type: area; with bucketing kohya use pixel_area",
        ),
        ({"bucketing": "kohya", "resolution": 2048}, "max_bucket_reso: 1024 is below resolution 2048"),
        (
            {"max_upscale_threshold": 0.2},
            "max_upscale_threshold: 0.2: it needs crop_aspect closest or random",
        ),
        (
            {"minimum_aspect_ratio": 2, "maximum_aspect_ratio": 1},
            "2 is above maximum_aspect_ratio 1; swap them",
        ),
        ({"caption_strategy": "instanceprompt"}, "instance_prompt: missing"),
        ({"only_instance_prompt": True, "instance_prompt": ("", " ")}, "instance_prompt: missing"),
        ({"prepend_instance_prompt": True}, "prepend_instance_prompt needs one"),
        ({"disable_multiline_split": True}, "it needs caption_strategy textfile"),
        ({"repeats": -1}, "repeats: -1; give 0 to 1000000"),
        ({"aspect_bucket_rounding": 0}, "aspect_bucket_rounding: 0; give 1 to 9"),
        ({"aspect_bucket_alignment": 0}, "aspect_bucket_alignment: 0"),
        ({"id": " "}, "id: empty"),
        (
            {"aspect_resolution_map": {"1.5": (96, 64)}, "resolution_type": "pixel"},
            "it needs resolution_type area",
        ),
    ],
)
def test_what_can_not_be_is_named(options: dict[str, Any], message: str) -> None:
    assert message in problems(**options)


def test_a_resolution_below_nothing_is_said_once() -> None:
    assert problems(resolution=-5) == "resolution: -5; give more than 0"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resolution_size": (512, 768)}, "resolution: 512,768 goes with bucketing kohya; add that"),
        ({"caption_strategy": "parquet"}, "parquet: missing; caption_strategy and metadata_backend parquet"),
        ({"metadata_backend": "parquet"}, "parquet: missing"),
        ({"class_tokens": "a cat"}, "class_tokens: a cat: it needs caption_strategy textfile"),
        (
            {"caption_extension": ".caption"},
            "caption_extension: .caption: it needs caption_strategy textfile",
        ),
        ({"start_epoch": 3, "end_epoch": 2}, "end_epoch: 2 is before start_epoch 3; raise it"),
        ({"start_step": 9, "end_step": 1}, "end_step: 1 is before start_step 9; raise it"),
        ({"probability": -0.5}, "probability: -0.5; give 0 to 1000000"),
        ({"train_batch_size": 0}, "train_batch_size: 0; give 1 to 4096"),
        ({"repeats": Decimal("0.1234")}, "repeats: 0.1234; give it 3 decimals at most"),
    ],
)
def test_what_does_not_go_together_is_named(options: dict[str, Any], message: str) -> None:
    assert problems(**options).startswith(message)


@pytest.mark.parametrize(
    "options",
    [
        {"caption_strategy": "parquet", "parquet": ParquetBlock()},
        {"caption_strategy": "textfile", "class_tokens": "a cat", "caption_extension": ".caption"},
        {"bucketing": "kohya", "resolution_size": (512, 768), "resolution": 768},
        {"start_epoch": 3, "end_epoch": 0},
        {"slider_strength": -0.5},
    ],
)
def test_what_goes_together_is_taken(options: dict[str, Any]) -> None:
    assert problems(**options) == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resolution": 100_000}, "resolution: 100000 px; give at most 4096"),
        ({"resolution": 512, "resolution_type": "area"}, "resolution: 512 megapixels; give 16.8 at most"),
        ({"aspect_resolution_map": {"1.0": (64_000, 64_000)}}, "aspect_resolution_map: 64000x64000; give at"),
    ],
)
def test_what_no_model_takes_is_named(options: dict[str, Any], message: str) -> None:
    (found,) = untrainable(entry(**options))
    assert found.startswith(message)


@pytest.mark.parametrize("options", [{"resolution": 4096}, {"resolution": 16, "resolution_type": "area"}])
def test_what_some_model_takes_is_taken(options: dict[str, Any]) -> None:
    assert list(untrainable(entry(**options))) == []


def test_kohyas_options_are_those_that_are_given() -> None:
    assert kohya_of(entry()) is None
    given = dict.fromkeys(KOHYA_KEYS[1:4], 128)
    found = kohya_of(entry(bucketing="kohya", resolution=512, **given))
    assert found is not None
    assert (found.width, found.height, found.min_bucket_reso, found.enable_bucket) == (512, 512, 128, True)
    found = kohya_of(entry(bucketing="kohya", resolution=768, resolution_size=(512, 768)))
    assert found is not None
    assert (found.width, found.height) == (512, 768)


def test_prompts_are_stripped_and_not_empty() -> None:
    assert prompts_of(entry(instance_prompt=" a cat ")) == ("a cat",)
    assert prompts_of(entry(instance_prompt=("a", " ", "b"))) == ("a", "b")
    assert prompts_of(entry()) == ()
