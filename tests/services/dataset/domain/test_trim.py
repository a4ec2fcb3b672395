import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dataset.domain.pixel_rules import MIN_EDGE, Box
from services.dataset.domain.trim import Pixels, trim_box

GREY = (90, 90, 90)


def framed(
    top: int, right: int, bottom: int, left: int, *, colour: tuple[int, int, int] = GREY, inner: int = 80
) -> Pixels:
    """A checked square of `inner` px in a frame."""
    pixels = np.full((top + inner + bottom, left + inner + right, 3), colour, np.uint8)
    board = np.indices((inner, inner)).sum(axis=0) % 2 * 255
    pixels[top : top + inner, left : left + inner] = board[..., None]
    return pixels


def imagemagicks(pixels: Pixels, fuzz: float) -> Box | None:
    """The bounding box as its code has it: every pixel against three corners."""
    height, width = pixels.shape[:2]
    levels = pixels.astype(np.float64)

    def unlike(corner: Pixels) -> tuple[np.ndarray, np.ndarray]:
        distance = np.sqrt(((levels - corner) ** 2).mean(axis=2))
        return np.nonzero(distance > fuzz / 100 * 255)  # type: ignore[return-value]  # two axes

    (y, x), (_, right), (bottom, _) = (
        unlike(pixels[at].astype(np.float64)) for at in ((0, 0), (0, -1), (-1, 0))
    )
    if not len(x):
        return None
    box = Box(
        x=int(x.min()),
        y=int(y.min()),
        width=int(max(right, default=-1) + 1 - x.min()),
        height=int(max(bottom, default=-1) + 1 - y.min()),
    )
    is_whole = (box.width, box.height) == (width, height)
    return None if is_whole or min(box.width, box.height) < MIN_EDGE else box


def test_a_frame_goes_and_what_it_holds_stays() -> None:
    assert trim_box(framed(3, 7, 11, 5), fuzz=8) == Box(x=5, y=3, width=80, height=80)
    assert trim_box(framed(0, 0, 1, 0), fuzz=8) == Box(x=0, y=0, width=80, height=80)


@pytest.mark.parametrize("colour", [GREY, (0, 0, 0), (255, 255, 255), (250, 3, 9)])
def test_a_picture_of_one_colour_is_kept(colour: tuple[int, int, int]) -> None:
    assert trim_box(np.full((200, 300, 3), colour, np.uint8), fuzz=8) is None


def test_what_has_no_border_or_would_be_too_little_is_kept() -> None:
    assert trim_box(framed(0, 0, 0, 0), fuzz=8) is None
    assert trim_box(framed(40, 40, 40, 40, inner=MIN_EDGE - 1), fuzz=8) is None
    halves = np.zeros((100, 100, 3), np.uint8)
    halves[:, 50:] = 255  # nothing is left between a black left and a white right
    assert trim_box(halves, fuzz=8) is None


def test_each_edge_has_its_own_corner() -> None:
    pixels = framed(0, 10, 10, 0)
    pixels[:, -10:] = (0, 200, 0)  # like the upper right corner, and unlike the lower left one
    assert trim_box(pixels, fuzz=1) == Box(x=0, y=0, width=80, height=90)
    pixels[-10:, -10:] = GREY
    assert trim_box(pixels, fuzz=1) == Box(x=0, y=0, width=90, height=80)


def test_fuzz_is_the_root_of_the_mean_square() -> None:
    pixels = framed(4, 4, 4, 4)
    pixels[0, 50] = (90 + 35, 90, 90)  # sqrt(35^2 / 3) is 20.2 levels, 7.92 percent
    assert trim_box(pixels, fuzz=8) == Box(x=4, y=4, width=80, height=80)
    assert trim_box(pixels, fuzz=7.9) == Box(x=4, y=0, width=80, height=84)


@settings(max_examples=60, deadline=None)
@given(
    sides=st.tuples(*[st.integers(0, 30)] * 4),
    spots=st.lists(st.tuples(st.floats(0, 0.999), st.floats(0, 0.999), st.integers(0, 255)), max_size=3),
    fuzz=st.sampled_from([0.5, 3.0, 8.0, 20.0]),
)
def test_it_is_imagemagicks_box(
    sides: tuple[int, int, int, int], spots: list[tuple[float, float, int]], fuzz: float
) -> None:
    pixels = framed(*sides)
    for y, x, level in spots:
        pixels[int(y * pixels.shape[0]), int(x * pixels.shape[1])] = level
    assert trim_box(pixels, fuzz=fuzz) == imagemagicks(pixels, fuzz)
