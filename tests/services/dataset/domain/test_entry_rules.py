import pytest

from bakehouse.errors import InvalidInputError
from services.dataset.domain.entry_rules import rules_of
from services.dataset.domain.rules import CropStyle, KohyaRules, Size
from tests.services.dataset.domain.entries import entry


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


def test_a_models_alignment_holds() -> None:
    assert rules_of(entry(aspect_bucket_alignment=32), alignment=16).alignment == 32
    with pytest.raises(InvalidInputError, match="24 is no multiple of the base model's 16"):
        rules_of(entry(aspect_bucket_alignment=24), alignment=16)
    with pytest.raises(InvalidInputError, match="resolution 32 is less than 64 px"):
        rules_of(entry(resolution=32), alignment=64)
    with pytest.raises(InvalidInputError, match=r"1\.5: 100x64 has an edge"):
        rules_of(entry(aspect_resolution_map={"1.5": (100, 64)}), alignment=16)
    mapped = rules_of(entry(aspect_resolution_map={"1.5": (96, 64)}), alignment=16)
    assert mapped.aspect_map == {1.5: Size(width=96, height=64)}


@pytest.mark.parametrize("ratio", ["wide", "0", "-1.5", "1.555", "inf", "nan"])
def test_a_ratio_of_the_map_is_one_that_a_bucket_has(ratio: str) -> None:
    with pytest.raises(
        InvalidInputError, match=f"dataset cats: aspect_resolution_map {ratio}: no bucket has"
    ):
        rules_of(entry(aspect_resolution_map={ratio: (96, 64)}), alignment=16)


def test_a_ratio_of_the_map_may_be_written_in_any_way_but_twice() -> None:
    sizes = {"1": (64, 64), "1.50": (96, 64)}
    found = rules_of(entry(aspect_resolution_map=sizes), alignment=16).aspect_map
    assert found == {1.0: Size(width=64, height=64), 1.5: Size(width=96, height=64)}
    with pytest.raises(InvalidInputError, match=r"1\.0: it is there twice"):
        rules_of(entry(aspect_resolution_map={**sizes, "1.0": (80, 80)}), alignment=16)


def test_kohyas_options_give_its_rules() -> None:
    spec = entry(bucketing="kohya", resolution=768, max_bucket_reso=1280, bucket_no_upscale=True)
    expected = KohyaRules(width=768, height=768, minimum=256, maximum=1280, steps=64, no_upscale=True)
    assert rules_of(spec, alignment=64).kohya == expected
    assert rules_of(entry(), alignment=64).kohya is None


def test_a_model_bounds_kohyas_buckets() -> None:
    with pytest.raises(
        InvalidInputError, match=r"dataset cats: bucket_reso_steps: 8 is no multiple of .* 64"
    ):
        rules_of(entry(bucketing="kohya", bucket_reso_steps=8), alignment=64)
    with pytest.raises(InvalidInputError, match="dataset cats: resolution: 1024x1024 px is above"):
        rules_of(entry(bucketing="kohya"), alignment=64, maximum_canvas_area=1_000_000)


def test_a_face_is_a_place_to_cut() -> None:
    assert rules_of(entry(crop_style="face"), alignment=64).crop_style is CropStyle.FACE
