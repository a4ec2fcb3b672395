from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.dataset.domain.exclusions import NONE, TOO_THIN, UPSCALED
from services.dataset.domain.rules import AspectChoice, CropAspect, Rules, Size
from services.dataset.domain.shapes import choose_shapes
from services.dataset.domain.sizes import sizes_of
from tests.services.dataset.domain.plans import draws, rules

WIDE = Size(width=1920, height=1080)


def choosing(aspect: CropAspect, *choices: float | tuple[float, float], **options: Any) -> Rules:
    pairs = [choice if isinstance(choice, tuple) else (choice, 1.0) for choice in choices]
    found = tuple(AspectChoice(aspect=aspect, weight=weight) for aspect, weight in pairs)
    return rules(crop=True, crop_aspect=aspect, choices=found, **options)


def shapes(given_rules: Rules, *sizes: Size) -> tuple[list[float], list[int]]:
    ratios, codes = choose_shapes(sizes_of(sizes), given_rules, draws(len(sizes)))
    return ratios.tolist(), codes.tolist()


def test_a_picture_that_is_not_cropped_keeps_its_shape() -> None:
    assert shapes(rules(), WIDE, Size(width=1, height=1000)) == ([1.78, 1.0], [NONE, TOO_THIN])
    assert shapes(rules(rounding=3), Size(width=1, height=1000)) == ([0.001], [NONE])


def test_a_square_is_asked_of_all() -> None:
    assert shapes(rules(crop=True), WIDE, Size(width=1, height=1000)) == ([1.0, 1.0], [NONE, NONE])


def test_the_closest_shape_is_taken_and_the_first_of_two() -> None:
    closest = choosing(CropAspect.CLOSEST, 1.0, 2.0, 0.5)
    sizes = [Size(width=width, height=1000) for width in (1900, 1500, 700)]
    assert shapes(closest, *sizes)[0] == [2.0, 1.0, 0.5]


def test_a_shape_that_grows_too_much_is_passed_over() -> None:
    choices = choosing(CropAspect.CLOSEST, 1.0, 2.0, max_upscale=0.2)
    ratios, codes = shapes(choices, Size(width=1500, height=700), Size(width=256, height=256))
    assert (ratios[0], codes) == (2.0, [NONE, UPSCALED])


def test_growth_is_counted_by_the_bucket_that_an_upright_picture_gets() -> None:
    choices = choosing(CropAspect.CLOSEST, 1.5, max_upscale=0.0, in_area=False, resolution=1024)
    codes = shapes(choices, Size(width=1536, height=1024), Size(width=1024, height=1025))[1]
    assert codes == [NONE, NONE]  # 1536 x 1024 of the first, 1024 x 704 of the second


def test_shapes_are_drawn_by_their_weights() -> None:
    ratios, _ = shapes(choosing(CropAspect.RANDOM, (1.0, 3), (2.0, 1)), *[WIDE] * 400)
    assert 260 < ratios.count(1.0) < 340


@given(weights=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=6), width=st.integers(300, 4000))
def test_what_is_drawn_is_as_if_counted_off(weights: list[float], width: int) -> None:
    aspects = [0.5 + 0.25 * number for number in range(len(weights))]
    pairs = zip(aspects, weights, strict=True)
    choices = choosing(CropAspect.RANDOM, *pairs, max_upscale=0.5)
    sizes = [Size(width=width, height=1000)] * 5
    found, codes = shapes(choices, *sizes)
    fractions = draws(5).fraction("aspect", np.arange(5)).tolist()
    for ratio, code, fraction in zip(found, codes, fractions, strict=True):
        alone = [
            shapes(choosing(CropAspect.CLOSEST, a, max_upscale=0.5), sizes[0])[1] == [NONE] for a in aspects
        ]
        assert (code == UPSCALED) == (not any(alone))
        if code == NONE:
            assert ratio == counted_off(aspects, weights, alone, fraction)


def counted_off(aspects: list[float], weights: list[float], allowed: list[bool], fraction: float) -> float:
    rest = [(a, w) for a, w, is_allowed in zip(aspects, weights, allowed, strict=True) if is_allowed]
    at = fraction * sum(weight for _, weight in rest)
    for aspect, weight in rest:
        at -= weight
        if at < 0:
            return aspect
    return rest[-1][0]
