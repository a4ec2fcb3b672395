"""A dataset that can be: what is wrong is refused at once, what has no effect is known."""

from typing import Any

import pytest

from bakehouse.dataset_config.entry import EntrySpec
from bakehouse.dataset_config.entry_fields import ParquetBlock, ShuffleBlock
from bakehouse.errors import InvalidInputError


def entry(**options: Any) -> EntrySpec:
    return EntrySpec(**{"id": "cats", **options})


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidInputError, match=r"repeats: -2.*resolution: 0"):
        entry(resolution=0, repeats=-2)


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


@pytest.mark.parametrize(
    ("options", "idle"),
    [
        ({"parquet": ParquetBlock()}, ["parquet"]),
        ({"parquet": ParquetBlock(), "metadata_backend": "parquet"}, []),
        ({"caption_shuffle": ShuffleBlock(count=3)}, ["caption_shuffle"]),
        ({"caption_shuffle": ShuffleBlock(enable=True)}, []),
        (
            {
                "caption_shuffle": ShuffleBlock(enable=True),
                "only_instance_prompt": True,
                "instance_prompt": "sks",
            },
            ["caption_shuffle"],
        ),
    ],
)
def test_options_of_captions_without_effect_are_told(options: dict[str, Any], idle: list[str]) -> None:
    assert [*entry(**options).without_effect()] == idle


@pytest.mark.parametrize(
    ("options", "is_active"),
    [
        ({}, True),
        ({"start_step": 1}, True),
        ({"start_step": 2}, False),
        ({"start_epoch": 2}, False),
        ({"probability": 0}, False),
    ],
)
def test_the_first_step_draws_from_what_is_active(options: dict[str, Any], *, is_active: bool) -> None:
    assert entry(**options).is_active_at_start is is_active


def test_what_others_ask_of_it_is_there() -> None:
    spec = entry(instance_prompt=" a cat ", bucketing="kohya", resolution=512)
    assert spec.prompts == ("a cat",)
    assert spec.kohya is not None
