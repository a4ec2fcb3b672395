from typing import Any

import numpy as np
import pytest

from services.dataset.domain.cuts import CROPS_BY, CropBy, Cuts, Room, cut
from services.dataset.domain.rules import CropStyle, Size
from services.dataset.domain.sizes import sizes_of
from tests.services.dataset.domain.plans import draws

NOWHERE = (np.nan, np.nan)


def cuts(style: CropStyle, num: int = 1, faces: Any = None) -> Cuts:
    """Of pictures of 1000 x 500 px that are resized to 600 x 300 px, 200 x 300 px each."""
    sizes = [Size(width=w, height=h) for w, h in ((1000, 500), (600, 300), (200, 300))]
    originals, resized, target = (sizes_of([size] * num) for size in sizes)
    room = Room(originals=originals, resized=resized, target=target, wanted=np.ones(num, dtype=np.bool_))
    return cut(room, style, draws(num), None if faces is None else np.array(faces))


def test_the_middle_and_the_corner() -> None:
    center, corner = cuts(CropStyle.CENTER), cuts(CropStyle.CORNER)
    assert (center.left.tolist(), center.top.tolist(), CROPS_BY[center.by[0]]) == ([200], [0], CropBy.CENTER)
    assert (corner.left.tolist(), corner.top.tolist(), CROPS_BY[corner.by[0]]) == ([0], [0], CropBy.CORNER)


def test_a_random_cut_is_the_samples_own_and_anywhere() -> None:
    found = cuts(CropStyle.RANDOM, 400)
    assert found.left.tolist() == cuts(CropStyle.RANDOM, 400).left.tolist()
    assert (found.left.min(), found.left.max()) == (pytest.approx(0, abs=10), pytest.approx(400, abs=10))
    assert not found.top.any()
    assert {CROPS_BY[by] for by in found.by} == {CropBy.RANDOM}


@pytest.mark.parametrize(("x", "left"), [(500, 200), (600, 260), (0, 0), (990, 400), (601, 261)])
def test_a_face_is_brought_to_the_middle_as_far_as_the_picture_goes(x: int, left: int) -> None:
    found = cuts(CropStyle.FACE, faces=[(x, 250)])
    assert (found.left.tolist(), found.top.tolist(), CROPS_BY[found.by[0]]) == ([left], [0], CropBy.FACE)


def test_without_a_face_it_is_cut_by_chance_and_says_so() -> None:
    by_chance = cuts(CropStyle.RANDOM, 3).left.tolist()
    found = cuts(CropStyle.FACE, 3, faces=[NOWHERE, (500, 250), NOWHERE])
    assert found.left.tolist() == [by_chance[0], 200, by_chance[2]]
    assert [CROPS_BY[by] for by in found.by] == [CropBy.RANDOM_NO_FACE, CropBy.FACE, CropBy.RANDOM_NO_FACE]
    unseen = cuts(CropStyle.FACE, 3)
    assert (unseen.left.tolist(), {*unseen.by}) == (by_chance, {CROPS_BY.index(CropBy.RANDOM_NO_FACE)})


def test_only_what_is_wanted_is_drawn() -> None:
    sizes = sizes_of([Size(width=600, height=300)])
    room = Room(
        originals=sizes, resized=sizes, target=sizes_of([Size(width=1, height=1)]), wanted=np.array([False])
    )
    assert cut(room, CropStyle.RANDOM, draws(1)).left.tolist() == [0]
