from typing import Any

import pytest

from bakehouse.errors import InvalidInputError
from services.dataset.domain.entry import AspectOption, rules_of
from services.dataset.domain.rules import AspectChoice, CropStyle, Size
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
        ({"maximum_image_size": 2048}, "it goes with target_downsample_size"),
        ({"crop": True, "crop_aspect": "closest"}, "crop_aspect closest needs a list"),
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


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidInputError, match=r"resolution: 0.*repeats: -2"):
        entry(resolution=0, repeats=-2)


def test_pixels_of_an_area_are_squared() -> None:
    spec = entry(
        resolution=512, crop=True, minimum_image_size=256, maximum_image_size=1024, target_downsample_size=768
    )
    rules = rules_of(spec, alignment=64)
    assert rules.in_area
    assert (rules.resolution, rules.minimum, rules.maximum, rules.downsample) == (
        0.262144,
        0.065536,
        1.048576,
        0.589824,
    )


def test_the_shorter_edge_stays_in_pixels() -> None:
    rules = rules_of(entry(resolution=512, resolution_type="pixel", crop_style="centre"), alignment=64)
    assert (rules.in_area, rules.resolution, rules.crop_style) == (False, 512, CropStyle.CENTER)


def test_shapes_are_numbers_or_tables() -> None:
    shapes = (1, 0.75, AspectOption(aspect=1.5, weight=0.5), AspectOption(aspect_bucket=2.0))
    rules = rules_of(entry(crop=True, crop_aspect="random", crop_aspect_buckets=shapes), alignment=8)
    assert rules.choices == (
        AspectChoice(aspect=1),
        AspectChoice(aspect=0.75),
        AspectChoice(aspect=1.5, weight=0.5),
        AspectChoice(aspect=2.0),
    )


def test_a_models_alignment_holds() -> None:
    assert rules_of(entry(aspect_bucket_alignment=32), alignment=16).alignment == 32
    with pytest.raises(InvalidInputError, match="24 is no multiple of the base model's 16"):
        rules_of(entry(aspect_bucket_alignment=24), alignment=16)
    with pytest.raises(InvalidInputError, match="resolution 32 is less than 64 px"):
        rules_of(entry(resolution=32), alignment=64)
    with pytest.raises(InvalidInputError, match=r"1\.5: 100x64 has an edge"):
        rules_of(entry(aspect_resolution_map={"1.5": (100, 64)}), alignment=16)
    mapped = rules_of(entry(aspect_resolution_map={"1.5": (96, 64)}), alignment=16)
    assert mapped.aspect_map == {"1.5": Size(width=96, height=64)}


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
