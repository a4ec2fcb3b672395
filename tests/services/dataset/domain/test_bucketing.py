from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dataset.domain.bucketing import Placement, Plan, place, plan_sizes
from services.dataset.domain.cuts import CropBy
from services.dataset.domain.exclusions import REASONS, TOO_THIN, Exclusion
from services.dataset.domain.rules import MAX_STRETCH, CropAspect, CropStyle, KohyaRules, Rules, Size
from services.dataset.domain.sizes import BoolArray, Sizes, sizes_of
from tests.services.dataset.domain.plans import (
    SIZES,
    any_rules,
    draws,
    every_size,
    kohya_rules,
    planned,
    rules,
)
from tests.services.dataset.domain.scalar_plan import scalar_plan

SIZE = Size(width=1920, height=1080)
# The kinds of target that are computed, not chosen from a list.
KINDS = [
    rules(),
    rules(resolution=0.262144, alignment=8, rounding=3),
    rules(crop=True),
    rules(in_area=False, resolution=1024),
    rules(in_area=False, resolution=512, alignment=8, crop=True, crop_aspect=CropAspect.SQUARE),
]


def placed(size: Size = SIZE, **options: Any) -> Placement:
    found = place(size, rules(**options), draws(1))
    assert isinstance(found, Placement)
    return found


def left_out(size: Size = SIZE, **options: Any) -> Exclusion:
    found = place(size, rules(**options), draws(1))
    assert isinstance(found, Exclusion)
    return found


def agrees(sizes: Sizes, given: Rules) -> None:
    plan = plan_sizes(sizes, given, draws(0) if given.crop_style is CropStyle.CENTER else draws(len(sizes)))
    columns = (sizes, plan.bucket, plan.resized)
    rows = zip(
        *(edge.tolist() for each in columns for edge in (each.width, each.height)),
        plan.codes.tolist(),
        strict=True,
    )
    odd = []
    for width, height, *found, code in rows:
        expected = scalar_plan((width, height), given)
        if expected is None:
            assert code == TOO_THIN
        elif expected != ((found[0], found[1]), (found[2], found[3])):
            odd.append((width, height, expected, found))
    assert odd == []


@pytest.mark.parametrize("given_rules", [KINDS[0], KINDS[1], KINDS[3]])
def test_all_sides_that_are_multiples_of_8_are_planned_as_one_by_one(given_rules: Rules) -> None:
    agrees(every_size(np.arange(8, 4097, 8)), given_rules)


@pytest.mark.parametrize("given_rules", KINDS)
def test_sides_at_random_are_planned_as_one_by_one(given_rules: Rules) -> None:
    random = np.random.default_rng(7)
    agrees(Sizes(width=random.integers(1, 9000, 5000), height=random.integers(1, 9000, 5000)), given_rules)


@given(sizes=SIZES, given_rules=st.one_of(any_rules(), kohya_rules()))
def test_one_picture_is_planned_as_it_is_among_others(sizes: list[Size], given_rules: Rules) -> None:
    drawn = draws(len(sizes))
    plan = plan_sizes(sizes_of(sizes), given_rules, drawn)
    alone = [place(size, given_rules, drawn.part(n, n + 1)) for n, size in enumerate(sizes)]
    assert [*plan] == alone


def test_blocks_are_planned_as_a_whole() -> None:
    random = np.random.default_rng(7)
    sizes = Sizes(width=random.integers(1, 5000, 40_000), height=random.integers(1, 5000, 40_000))
    given_rules, drawn = rules(crop_style=CropStyle.RANDOM), draws(40_000)
    whole = plan_sizes(sizes, given_rules, drawn)
    for row in (0, 16_383, 16_384, 39_999):
        assert whole.at(row) == place(sizes.at(row), given_rules, drawn.part(row, row + 1))
    assert len(plan_sizes(sizes.take(slice(0, 0)), given_rules, draws(0))) == 0


def kept(plan: Plan) -> BoolArray:
    found: BoolArray = plan.codes == 0
    return found


def check_kept(plan: Plan) -> None:
    """What holds for every picture that is kept."""
    rows = kept(plan)
    bucket, resized = plan.bucket.take(rows), plan.resized.take(rows)
    left, top = plan.left[rows], plan.top[rows]
    assert resized.covers(bucket).all()
    assert ((left >= 0) & (left + bucket.width <= resized.width)).all()
    assert ((top >= 0) & (top + bucket.height <= resized.height)).all()
    longest = np.maximum(resized.width, resized.height)
    assert (longest <= MAX_STRETCH * np.maximum(bucket.width, bucket.height)).all()


def pixels_off(plan: Plan) -> float:
    """By how much the kept pictures are out of shape, in pixels of the edge that shows it less."""
    rows = kept(plan)
    own, resized = plan.originals.take(rows).ratio, plan.resized.take(rows)
    off = np.minimum(
        np.abs(resized.width - resized.height * own), np.abs(resized.height - resized.width / own)
    )
    return float(off.max(initial=0.0))


@given(sizes=SIZES, given_rules=any_rules())
def test_a_cut_lies_in_a_picture_that_keeps_its_shape(sizes: list[Size], given_rules: Rules) -> None:
    plan = planned(sizes, given_rules)
    check_kept(plan)
    assert pixels_off(plan) <= 1.0 + 1e-6
    bucket = plan.bucket.take(kept(plan))
    assert not (bucket.width % given_rules.alignment).any()
    assert not (bucket.height % given_rules.alignment).any()


@given(sizes=SIZES, given_rules=kohya_rules())
def test_so_it_does_in_kohyas_buckets(sizes: list[Size], given_rules: Rules) -> None:
    plan = planned(sizes, given_rules)
    check_kept(plan)
    assert pixels_off(plan) <= 0.5 + 1e-6
    assert given_rules.kohya is not None
    bucket = plan.bucket.take(kept(plan))
    assert not (bucket.width % given_rules.kohya.steps).any() or not given_rules.kohya.enable_bucket


@given(
    sizes=SIZES,
    to=st.sampled_from([0.6, 1.25, 2.0]),
    aspect=st.sampled_from([CropAspect.SQUARE, CropAspect.PRESERVE]),
)
def test_so_it_does_where_it_is_made_smaller_first(sizes: list[Size], to: float, aspect: CropAspect) -> None:
    plan = planned(sizes, rules(crop=True, crop_aspect=aspect, maximum=4.0, downsample=to))
    check_kept(plan)
    assert pixels_off(plan) <= 1 + MAX_STRETCH


@given(sizes=SIZES, given_rules=any_rules())
def test_what_is_too_thin_is_what_would_be_too_long(sizes: list[Size], given_rules: Rules) -> None:
    plan = planned(sizes, given_rules)
    longest = np.maximum(plan.resized.width, plan.resized.height)
    bucket = np.maximum(plan.bucket.width, plan.bucket.height)
    assert ((longest <= MAX_STRETCH * bucket) | ~kept(plan)).all()


def test_a_square_is_cut_out_of_the_middle() -> None:
    assert placed(crop=True) == Placement(
        bucket=Size(width=1024, height=1024),
        resized=Size(width=1820, height=1024),
        left=398,
        top=0,
        crop_by=CropBy.CENTER,
    )


@pytest.mark.parametrize(
    ("size", "options", "reason"),
    [
        (Size(width=500, height=500), {"minimum": 0.3}, "too_small"),
        (Size(width=2000, height=200), {"minimum": 0.3, "crop": True}, "too_small"),
        (Size(width=500, height=5000), {"minimum": 512, "in_area": False, "resolution": 512}, "too_small"),
        (Size(width=500, height=1100), {"minimum_aspect": 0.5}, "aspect_below_minimum"),
        (Size(width=2100, height=1000), {"maximum_aspect": 2.0}, "aspect_above_maximum"),
        (Size(width=1, height=1024), {}, "too_thin"),
        (Size(width=12000, height=1), {}, "too_thin"),
        (Size(width=4100, height=1000), {"crop": True}, "too_thin"),
        (
            Size(width=60, height=900),
            {"kohya": KohyaRules(width=512, height=512, no_upscale=True)},
            "too_small",
        ),
    ],
)
def test_what_is_left_out_says_why(size: Size, options: dict[str, Any], reason: str) -> None:
    found = left_out(size, **options)
    assert found.reason == reason
    assert reason in REASONS
    assert f"{size.width}x{size.height} px" in found.detail


def test_a_limit_itself_is_kept() -> None:
    placed(Size(width=1000, height=2000), minimum_aspect=0.5)
    placed(Size(width=1000, height=300), minimum=0.3)
    placed(Size(width=4096, height=1024), crop=True)


def test_only_a_picture_above_the_maximum_is_made_smaller_first() -> None:
    options = {"crop": True, "maximum": 4.0, "downsample": 2.0}
    assert placed(Size(width=3000, height=2000), **options).resized == Size(width=1728, height=1152)
    assert placed(Size(width=1500, height=1000), **options).resized == Size(width=1536, height=1024)


def test_kohyas_bucketing_takes_the_place_of_simpletuners() -> None:
    found = placed(SIZE, kohya=KohyaRules(width=512, height=512), crop_style=CropStyle.CENTER)
    assert (found.bucket, found.resized, found.left) == (
        Size(width=640, height=384),
        Size(width=683, height=384),
        21,
    )
