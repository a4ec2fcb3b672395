from hypothesis import given
from hypothesis import strategies as st

from bakehouse.cache.revisions import golden_problem
from services.dataset.domain.geometry import GEOMETRY_REVISION, aligned, downsampled, fit, rounded_ratio
from services.dataset.domain.rules import CropAspect, Rules, Size

GOLDENS = {1: "fc63875e4e1fb3e86f4afa26b35b51f7943d639e5fd8f13749f014c05f282f5c"}
EDGES = st.integers(16, 6000)


def area(edge: int, alignment: int = 64) -> Rules:
    return Rules(in_area=True, resolution=edge * edge / 1e6, alignment=alignment)


def test_ties_go_to_the_even_multiple() -> None:
    assert [aligned(edge, 64) for edge in (1, 96, 160, 97)] == [64, 128, 128, 128]


def test_a_wide_photo_falls_in_the_bucket_of_its_area() -> None:
    found = fit(Size(width=3000, height=2000), 1.5, area(1024))
    assert found.target == Size(width=1280, height=832)
    assert found.resized == Size(width=1280, height=853)


def test_the_shorter_edge_is_what_was_asked_for() -> None:
    found = fit(Size(width=1920, height=1080), 1.78, Rules(in_area=False, resolution=1024))
    assert (found.target, found.resized) == (Size(width=1792, height=1024), Size(width=1820, height=1024))


@given(
    width=EDGES, height=EDGES, edge=st.sampled_from([64, 80, 512, 1024]), step=st.sampled_from([8, 16, 64])
)
def test_the_resized_picture_covers_its_bucket_and_keeps_its_shape(
    width: int, height: int, edge: int, step: int
) -> None:
    original, rules = Size(width=width, height=height), area(edge, step)
    ratio = rounded_ratio(original, 2) or 0.01
    found = fit(original, ratio, rules)
    assert found.resized.covers(found.target)
    assert found.target.width % step == found.target.height % step == 0
    short = min(found.resized.width, found.resized.height)
    assert abs(found.resized.ratio / original.ratio - 1) <= max(0.006, 2 / short)


def test_a_square_has_one_edge_whatever_the_picture() -> None:
    rules = Rules(in_area=True, resolution=0.5, crop=True, crop_aspect=CropAspect.SQUARE)
    sizes = [Size(width=w, height=h) for w, h in ((700, 700), (1920, 1080), (500, 900))]
    assert {fit(size, 1.0, rules).target for size in sizes} == {Size(width=704, height=704)}


def test_what_is_made_smaller_first_still_covers_its_bucket() -> None:
    rules, target = area(1024), Size(width=1024, height=1024)
    assert downsampled(Size(width=4096, height=2731), target, rules, to=1.5) == Size(width=1535, height=1024)
    assert downsampled(Size(width=4096, height=1000), target, rules, to=0.1).covers(target)


def test_the_revision_follows_the_numbers() -> None:
    sizes = [Size(width=w, height=h) for w in range(60, 2000, 97) for h in range(60, 2000, 131)]
    found = [
        fit(size, rounded_ratio(size, 2) or 0.01, rules)
        for size in sizes
        for rules in (area(64, 16), area(768))
    ]
    text = "".join(f"{f.target} {f.resized}\n" for f in found)
    assert golden_problem(GEOMETRY_REVISION, text.encode(), GOLDENS) is None
