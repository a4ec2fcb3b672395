from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.cache.revisions import golden_problem
from services.dataset.domain.geometry import GEOMETRY_REVISION, Fits, aligned, aligned_edge, downsampled, fit
from services.dataset.domain.rules import CropAspect, Rules, Size
from services.dataset.domain.sizes import Sizes, rounded, sizes_of
from tests.services.dataset.domain.plans import every_size

GOLDENS = {
    1: "fc63875e4e1fb3e86f4afa26b35b51f7943d639e5fd8f13749f014c05f282f5c",
    2: "c968bd2010eed40eb693d972ebe0e6296ac59d0587b48bca21e3688e62f23744",
}


def area(edge: int, alignment: int = 64, **options: Any) -> Rules:
    return Rules(in_area=True, resolution=edge * edge / 1e6, alignment=alignment, **options)


def fit_one(size: Size, ratio: float, rules: Rules) -> tuple[Size, Size]:
    found = fit(sizes_of([size]), np.array([ratio]), rules)
    return found.target.at(0), found.resized.at(0)


def own_fits(sizes: Sizes, rules: Rules) -> Fits:
    return fit(sizes, np.maximum(rounded(sizes.ratio, rules.rounding), 0.01), rules)


@given(edge=st.floats(0, 1e6), alignment=st.sampled_from([1, 8, 64, 100]))
def test_edges_are_aligned_as_one_edge_is(edge: float, alignment: int) -> None:
    assert aligned(np.array([edge]), alignment).tolist() == [aligned_edge(edge, alignment)]


def test_ties_go_to_the_even_multiple() -> None:
    assert [aligned_edge(edge, 64) for edge in (1, 96, 160, 97)] == [64, 128, 128, 128]


def test_a_wide_photo_falls_in_the_bucket_of_its_area() -> None:
    found = fit_one(Size(width=3000, height=2000), 1.5, area(1024))
    assert found == (Size(width=1280, height=832), Size(width=1280, height=853))


def test_the_shorter_edge_is_what_was_asked_for() -> None:
    found = fit_one(Size(width=1920, height=1080), 1.78, Rules(in_area=False, resolution=1024))
    assert found == (Size(width=1792, height=1024), Size(width=1820, height=1024))


def test_a_square_has_one_edge_whatever_the_picture() -> None:
    rules = Rules(in_area=True, resolution=0.5, crop=True, crop_aspect=CropAspect.SQUARE)
    sizes = [Size(width=w, height=h) for w, h in ((700, 700), (1920, 1080), (500, 900))]
    assert {fit_one(size, 1.0, rules)[0] for size in sizes} == {Size(width=704, height=704)}


@pytest.mark.parametrize(
    ("ratio", "size"), [(1.0, Size(width=640, height=640)), (1.54, Size(width=960, height=640))]
)
def test_a_size_of_the_map_takes_the_place_of_its_bucket(ratio: float, size: Size) -> None:
    rules = area(1024, aspect_map={ratio: size})
    assert fit_one(Size(width=round(1000 * ratio), height=1000), ratio, rules)[0] == size
    assert fit_one(Size(width=2000, height=1000), 2.0, rules)[0] == Size(width=1472, height=704)


def test_a_canvas_bounds_what_is_not_square() -> None:
    target, resized = fit_one(Size(width=2000, height=1000), 2.0, area(1280, maximum_area=1024 * 1024))
    assert target.area <= 1024 * 1024
    assert resized.covers(target)


def test_what_is_nearly_a_square_becomes_the_named_one() -> None:
    rules = Rules(in_area=True, resolution=1.0, alignment=8)
    assert fit_one(Size(width=999, height=1001), 1.0, rules) == (Size(width=1024, height=1024),) * 2
    target, resized = fit_one(
        Size(width=1001, height=1024), 0.98, Rules(in_area=True, resolution=1.0, alignment=8, rounding=1)
    )
    assert (target, resized) == (Size(width=1024, height=1024), Size(width=1024, height=1047))


def test_what_is_made_smaller_first_still_covers_its_bucket() -> None:
    target = sizes_of([Size(width=1024, height=1024)])
    sizes = [Size(width=4096, height=2731), Size(width=4096, height=1000)]
    found = downsampled(sizes_of(sizes[:1]), target, area(1024), to=1.5)
    assert found.at(0) == Size(width=1535, height=1024)
    assert downsampled(sizes_of(sizes[1:]), target, area(1024), to=0.1).covers(target).all()


def test_the_revision_follows_the_numbers() -> None:
    sizes = every_size(np.arange(60, 3000, 97))
    mapped = area(1024, aspect_map={1.0: Size(width=960, height=960), 0.57: Size(width=704, height=1280)})
    every = [
        *(area(64, 16), area(768), mapped, area(1280, maximum_area=1024 * 1024), area(1000, 8, rounding=1)),
        *(Rules(in_area=False, resolution=edge, alignment=8) for edge in (500, 1024)),
    ]
    fits = [own_fits(sizes, rules) for rules in every]
    smaller = downsampled(sizes, fits[1].target, area(768), to=1.25)
    columns = [
        column
        for found in fits
        for each in (found.target, found.resized)
        for column in (each.width, each.height)
    ]
    output = np.array([*columns, smaller.width, smaller.height], dtype="<i8").tobytes()
    assert golden_problem(GEOMETRY_REVISION, output, GOLDENS) is None
