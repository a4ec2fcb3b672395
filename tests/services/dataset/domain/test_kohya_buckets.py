from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.cache.revisions import golden_problem
from services.dataset.domain.kohya_buckets import KOHYA_REVISION, kohya_buckets, kohya_fit
from services.dataset.domain.rules import KohyaRules, Size
from services.dataset.domain.sizes import sizes_of
from tests.services.dataset.domain.plans import SIZES, every_size

GOLDENS = {1: "1ef38ea746d15ca232154def1e06ad259eb506d419d57fb47aa80acb5b35f9a7"}


def kohya(**options: Any) -> KohyaRules:
    return KohyaRules(**{"width": 512, "height": 512, **options})


def fit_one(width: int, height: int, **options: Any) -> tuple[Size, Size]:
    found = kohya_fit(sizes_of([Size(width=width, height=height)]), kohya(**options))
    return found.target.at(0), found.resized.at(0)


def test_buckets_have_at_most_the_area_and_each_its_mirror() -> None:
    found = kohya_buckets(kohya())
    pairs = [(size.width, size.height) for size in found]
    assert {(256, 1024), (512, 512), (640, 384)} <= set(pairs)
    assert pairs == sorted(pairs) == sorted((height, width) for width, height in pairs)
    assert all(size.area <= 512 * 512 for size in found)
    assert all(size.width % 64 == size.height % 64 == 0 for size in found)


def test_a_size_that_is_a_bucket_is_its_own() -> None:
    size = Size(width=640, height=384)
    assert fit_one(640, 384) == (size, size)


@given(sizes=SIZES, steps=st.sampled_from([8, 64]))
def test_the_nearest_ratio_is_that_of_a_search_through_all(sizes: list[Size], steps: int) -> None:
    buckets = kohya_buckets(kohya(steps=steps))
    found = kohya_fit(sizes_of(sizes), kohya(steps=steps)).target
    for row, size in enumerate(sizes):
        nearest = min(buckets, key=lambda bucket: abs(bucket.ratio - size.ratio))
        assert found.at(row) == (size if size in buckets else nearest)


def test_without_growth_a_small_picture_is_cut_only() -> None:
    assert fit_one(300, 200, no_upscale=True) == (Size(width=256, height=192), Size(width=300, height=200))
    assert fit_one(1920, 1080, no_upscale=True) == (Size(width=640, height=384), Size(width=683, height=384))


def test_without_buckets_there_is_one() -> None:
    target, resized = fit_one(1920, 1080, enable_bucket=False, no_upscale=True)
    assert (target, resized) == (Size(width=512, height=512), Size(width=910, height=512))


def test_the_revision_follows_the_numbers() -> None:
    sizes = every_size(np.arange(30, 3000, 97))
    every = [kohya(), kohya(steps=8, width=768), kohya(no_upscale=True), kohya(enable_bucket=False)]
    fits = [kohya_fit(sizes, rules) for rules in every]
    columns = [
        edge for fit in fits for each in (fit.target, fit.resized) for edge in (each.width, each.height)
    ]
    assert golden_problem(KOHYA_REVISION, np.array(columns, dtype="<i8").tobytes(), GOLDENS) is None
