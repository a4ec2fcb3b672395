from typing import Any

import pytest

from services.dataset.domain.exclusions import REASONS, TOO_SMALL, TOO_THIN, by_fit, by_limits, explain
from services.dataset.domain.rules import KohyaRules, Rules, Size
from services.dataset.domain.sizes import sizes_of
from tests.services.dataset.domain.plans import rules

TARGET = Size(width=1024, height=1024)


def limits(size: Size, **options: Any) -> str:
    return REASONS[by_limits(sizes_of([size]), rules(**options))[0]]


def thin(resized: Size, target: Size = TARGET, **options: Any) -> str:
    return REASONS[by_fit(sizes_of([resized]), sizes_of([target]), sizes_of([resized]), rules(**options))[0]]


def said(code: int, size: Size, given_rules: Rules) -> str:
    return explain(code, size, Size(width=9000, height=1024), TARGET, given_rules).detail


@pytest.mark.parametrize(
    ("width", "height", "options", "reason"),
    [
        (1000, 999, {}, ""),
        (1000, 999, {"minimum": 1.0}, "too_small"),
        (1000, 1000, {"minimum": 1.0}, ""),
        (2000, 900, {"minimum": 1.0}, ""),
        (2000, 900, {"minimum": 1.0, "crop": True}, "too_small"),
        (2000, 900, {"minimum": 900, "in_area": False}, ""),
        (2000, 899, {"minimum": 900, "in_area": False}, "too_small"),
        (500, 1000, {"minimum_aspect": 0.5}, ""),
        (499, 1000, {"minimum_aspect": 0.5}, "aspect_below_minimum"),
        (1001, 1000, {"maximum_aspect": 1.0}, "aspect_above_maximum"),
        (10, 1000, {"minimum_aspect": 0.5, "minimum": 1.0}, "too_small"),
    ],
)
def test_limits_are_those_of_the_picture_itself(
    width: int, height: int, options: dict[str, Any], reason: str
) -> None:
    assert limits(Size(width=width, height=height), **options) == reason


def test_no_edge_is_more_than_four_times_as_long_before_the_cut() -> None:
    assert thin(Size(width=4096, height=1024)) == ""
    assert thin(Size(width=4097, height=1024)) == "too_thin"
    assert thin(Size(width=100_001, height=64), Size(width=99_968, height=64)) == "too_thin"


def test_a_bucket_of_one_step_may_be_more_than_a_canvas() -> None:
    wide = Size(width=20_000, height=64)
    assert thin(wide, wide) == ""
    assert thin(wide, wide, maximum_area=1024 * 1024) == "too_thin"


def test_kohyas_empty_buckets_are_too_small_or_too_thin() -> None:
    kohya, empty = KohyaRules(width=512, height=512, no_upscale=True), Size(width=512, height=0)
    assert thin(Size(width=512, height=40), empty, kohya=kohya) == "too_small"
    assert thin(Size(width=9000, height=64), empty, kohya=kohya) == "too_thin"


def test_a_reason_says_what_was_asked() -> None:
    small = Size(width=40, height=50)
    assert said(TOO_SMALL, small, rules(minimum=0.3)) == "40x50 px is less than the area of 548x548 px"
    edge = rules(minimum=300, in_area=False)
    assert said(TOO_SMALL, small, edge) == "40x50 px is less than 300 px at the shorter edge"
    kohya = rules(kohya=KohyaRules(width=512, height=512, no_upscale=True))
    assert "less than 64 px at an edge" in said(TOO_SMALL, small, kohya)
    assert "would become 9000x1024 px for a cut of 1024x1024 px" in said(TOO_THIN, small, rules())
