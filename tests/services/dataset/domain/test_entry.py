from typing import Any

import pytest

from bakehouse.errors import InvalidInputError
from services.dataset.domain.entry import AspectOption, require_trainable
from services.dataset.domain.rules import AspectChoice
from tests.services.dataset.domain.entries import entry


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
        ({"max_upscale_threshold": 0.2}, "max_upscale_threshold: it needs crop_aspect closest or random"),
        (
            {"minimum_aspect_ratio": 2, "maximum_aspect_ratio": 1},
            "2 is above maximum_aspect_ratio 1; swap them",
        ),
        ({"crop_aspect_buckets": (0.0,)}, "crop_aspect_buckets: 0.0 is no width by height"),
        ({"crop_aspect_buckets": (AspectOption(),)}, "give each table one aspect"),
        ({"caption_strategy": "instanceprompt"}, "instance_prompt: missing"),
        ({"only_instance_prompt": True, "instance_prompt": ("", " ")}, "instance_prompt: missing"),
        ({"prepend_instance_prompt": True}, "prepend_instance_prompt needs one"),
        ({"disable_multiline_split": True}, "it needs caption_strategy textfile"),
        ({"repeats": -1}, "repeats: -1; give 0 or more"),
        ({"aspect_bucket_rounding": 0}, "aspect_bucket_rounding: 0; give 1 to 9"),
        ({"aspect_bucket_alignment": 0}, "aspect_bucket_alignment: 0"),
        ({"id": " "}, "id: empty"),
        (
            {"aspect_resolution_map": {"1.5": (96, 64)}, "resolution_type": "pixel"},
            "it needs resolution_type area",
        ),
    ],
)
def test_what_can_not_be_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        entry(**options)
    assert message in caught.value.message


def test_a_resolution_below_nothing_is_said_once() -> None:
    with pytest.raises(InvalidInputError) as caught:
        entry(resolution=-5)
    assert caught.value.message == "resolution: -5; give more than 0"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resolution": 100_000}, "dataset cats: resolution: 100000 px; give at most 4096"),
        ({"resolution": 512, "resolution_type": "area"}, "resolution: 512 megapixels; give 16.8 at most"),
        ({"aspect_resolution_map": {"1.0": (64_000, 64_000)}}, "aspect_resolution_map: 64000x64000; give at"),
    ],
)
def test_what_no_model_takes_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        require_trainable(entry(**options))
    assert message in caught.value.message
    assert caught.value.field in options


@pytest.mark.parametrize("options", [{"resolution": 4096}, {"resolution": 16, "resolution_type": "area"}])
def test_what_some_model_takes_is_taken(options: dict[str, Any]) -> None:
    require_trainable(entry(**options))


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidInputError, match=r"resolution: 0.*repeats: -2"):
        entry(resolution=0, repeats=-2)


def test_shapes_are_numbers_or_tables() -> None:
    shapes = (1, 0.75, AspectOption(aspect=1.5, weight=0.5), AspectOption(aspect_bucket=2.0))
    assert entry(crop=True, crop_aspect="random", crop_aspect_buckets=shapes).choices == (
        AspectChoice(aspect=1),
        AspectChoice(aspect=0.75),
        AspectChoice(aspect=1.5, weight=0.5),
        AspectChoice(aspect=2.0),
    )


def test_what_has_no_effect_is_known() -> None:
    spec = entry(
        crop_aspect="closest",
        crop_aspect_buckets=(1.0,),
        maximum_image_size=2048,
        target_downsample_size=1024,
    )
    assert sorted(spec.without_effect()) == [
        "crop_aspect",
        "crop_aspect_buckets",
        "maximum_image_size",
        "target_downsample_size",
    ]
    assert entry(crop=True).without_effect() == {}


def test_limits_of_buckets_have_no_effect_where_there_is_one() -> None:
    spec = entry(bucketing="kohya", enable_bucket=False, bucket_no_upscale=True, bucket_reso_steps=32)
    assert sorted(spec.without_effect()) == ["bucket_no_upscale", "bucket_reso_steps"]
