from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.manifest.identity import sample_id
from services.dataset.domain.bucketing import Exclusion, Placement, place
from services.dataset.domain.draws import Draw
from services.dataset.domain.rules import AspectChoice, CropAspect, CropStyle, Rules, Size

SIZE = Size(width=1920, height=1080)


def draw(name: str = "a.png", seed: int = 0) -> Draw:
    return Draw(seed=seed, sample_id=sample_id("cats", name))


def rules(**options: Any) -> Rules:
    return Rules(**{"in_area": True, "resolution": 1.048576, "crop_style": CropStyle.CENTER, **options})


def placed(size: Size = SIZE, **options: Any) -> Placement:
    found = place(size, rules(**options), draw())
    assert isinstance(found, Placement)
    return found


def reason(size: Size = SIZE, **options: Any) -> str:
    found = place(size, rules(**options), draw())
    assert isinstance(found, Exclusion)
    return found.reason


def test_a_square_is_cut_out_of_the_middle() -> None:
    found = placed(crop=True)
    assert found == Placement(
        bucket=Size(width=1024, height=1024), resized=Size(width=1820, height=1024), left=398, top=0
    )


def test_a_corner_is_at_the_top_left() -> None:
    found = placed(crop=True, crop_style=CropStyle.CORNER)
    assert (found.left, found.top) == (0, 0)


def test_a_random_cut_is_the_samples_own() -> None:
    drawn = rules(crop=True, crop_style=CropStyle.RANDOM)
    found = [place(SIZE, drawn, draw(f"{n}.png")) for n in range(20)]
    assert found == [place(SIZE, drawn, draw(f"{n}.png")) for n in range(20)]
    lefts = {one.left for one in found if isinstance(one, Placement)}
    assert len(lefts) > 10
    assert max(lefts) <= 1820 - 1024


@pytest.mark.parametrize(
    ("size", "options", "expected"),
    [
        (Size(width=500, height=500), {"minimum": 0.3}, "too_small"),
        (Size(width=2000, height=200), {"minimum": 0.3, "crop": True}, "too_small"),
        (Size(width=500, height=5000), {"minimum": 512, "in_area": False, "resolution": 512}, "too_small"),
        (Size(width=500, height=1100), {"minimum_aspect": 0.5}, "aspect_below_minimum"),
        (Size(width=2100, height=1000), {"maximum_aspect": 2.0}, "aspect_above_maximum"),
        (Size(width=1, height=1024), {}, "too_thin"),
        (Size(width=12000, height=1), {}, "too_thin"),
    ],
)
def test_what_is_left_out_says_why(size: Size, options: dict[str, Any], expected: str) -> None:
    assert reason(size, **options) == expected


def test_a_limit_itself_is_kept() -> None:
    placed(Size(width=1000, height=2000), minimum_aspect=0.5)
    placed(Size(width=1000, height=300), minimum=0.3)


def test_the_closest_shape_is_taken_and_the_first_of_two() -> None:
    choices = tuple(AspectChoice(aspect=a) for a in (1.0, 2.0, 0.5))
    closest = {"crop": True, "crop_aspect": CropAspect.CLOSEST, "choices": choices}
    assert placed(Size(width=1900, height=1000), **closest).bucket.ratio > 2
    assert placed(Size(width=1500, height=1000), **closest).bucket.ratio == 1


def test_a_shape_that_grows_too_much_is_passed_over() -> None:
    choices = tuple(AspectChoice(aspect=a) for a in (1.0, 2.0))
    options = {"crop": True, "crop_aspect": CropAspect.CLOSEST, "choices": choices, "max_upscale": 0.2}
    assert placed(Size(width=1500, height=900), **options).bucket.ratio > 2
    assert reason(Size(width=256, height=256), **options) == "upscaled_too_much"


def test_shapes_are_drawn_by_their_weights() -> None:
    choices = (AspectChoice(aspect=1.0, weight=3), AspectChoice(aspect=2.0, weight=1))
    drawn = rules(crop=True, crop_aspect=CropAspect.RANDOM, choices=choices)
    found = [place(SIZE, drawn, draw(f"{n}.png")) for n in range(400)]
    num_squares = sum(isinstance(one, Placement) and one.bucket.ratio == 1 for one in found)
    assert 260 < num_squares < 340


def test_only_a_picture_above_the_maximum_is_made_smaller_first() -> None:
    options = {"crop": True, "maximum": 4.0, "downsample": 2.0}
    assert placed(Size(width=3000, height=2000), **options).resized == Size(width=1728, height=1152)
    assert placed(Size(width=1500, height=1000), **options).resized == Size(width=1536, height=1024)


@given(
    width=st.integers(1, 8000),
    height=st.integers(1, 8000),
    style=st.sampled_from(CropStyle),
    aspect=st.sampled_from([CropAspect.SQUARE, CropAspect.PRESERVE]),
    crop=st.booleans(),
)
def test_the_cut_is_inside(width: int, height: int, style: CropStyle, aspect: CropAspect, crop: bool) -> None:
    options = rules(crop=crop, crop_aspect=aspect, crop_style=style, maximum=4.0, downsample=1.5)
    found = place(Size(width=width, height=height), options, draw())
    if isinstance(found, Placement):
        assert 0 <= found.left <= found.resized.width - found.bucket.width
        assert 0 <= found.top <= found.resized.height - found.bucket.height
