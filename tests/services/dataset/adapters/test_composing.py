import io
from collections.abc import Iterator

import pytest
from PIL import Image

from services.dataset.adapters.composing import load_frame, step_to
from tests.services.dataset.animations import Patch, Plate, apng, gif
from tests.services.dataset.pictures import GREEN, RED

CLEAR = (0, 0, 0, 0)
PALETTE = [(9, 9, 9), RED, GREEN]
# What is left where a green patch was on red: it stays, is cleared, is taken back.
LEFT_BEHIND = {0: (*GREEN, 255), 1: CLEAR, 2: (*RED, 255)}


def composed(data: bytes, *numbers: int) -> Iterator[Image.Image]:
    image = Image.open(io.BytesIO(data))
    for number in numbers:
        step_to(image, number)
        load_frame(image)
        yield image.convert("RGBA")


def levels(image: Image.Image, *places: tuple[int, int]) -> list[object]:
    return [image.getpixel(place) for place in places]


@pytest.mark.parametrize("blend", [0, 1])
@pytest.mark.parametrize("disposal", LEFT_BEHIND)
def test_an_apng_is_composed(disposal: int, blend: int) -> None:
    ground = Patch(image=Image.new("RGBA", (40, 20), (*RED, 255)))
    green = Image.new("RGBA", (10, 10), (*GREEN, 255))
    there = Patch(image=green, at=(0, 5), disposal=disposal, blend=blend)
    data = apng([ground, there, Patch(image=green, at=(10, 5), blend=blend)])
    _, before, after = composed(data, 0, 1, 2)
    assert levels(before, (5, 10), (15, 10)) == [(*GREEN, 255), (*RED, 255)]
    assert levels(after, (5, 10), (15, 10)) == [LEFT_BEHIND[disposal], (*GREEN, 255)]
    (straight,) = composed(data, 2)
    assert straight.tobytes() == after.tobytes()


@pytest.mark.parametrize("is_opaque", [True, False])
@pytest.mark.parametrize("is_first_opaque", [True, False])
@pytest.mark.parametrize("disposal", LEFT_BEHIND)
def test_a_gif_is_composed(disposal: int, is_first_opaque: bool, is_opaque: bool) -> None:
    ground = Plate(colour=1, box=(0, 0, 40, 20), is_opaque=is_first_opaque)
    there = Plate(colour=2, box=(0, 5, 10, 10), disposal=disposal + 1, is_opaque=is_opaque)
    data = gif((40, 20), PALETTE, [ground, there, Plate(colour=2, box=(10, 5, 10, 10))])
    first, before, after = composed(data, 0, 1, 2)
    assert levels(first, (0, 0)) == [(*RED, 255)] if is_first_opaque else [CLEAR]
    assert levels(before, (5, 10), (15, 10)) == [(*GREEN, 255), (*RED, 255)]
    assert levels(after, (5, 10), (15, 10)) == [LEFT_BEHIND[disposal], (*GREEN, 255)]
    (straight,) = composed(data, 2)
    assert straight.tobytes() == after.tobytes()


def test_a_gif_that_clears_its_first_frame_begins_anew() -> None:
    ground = Plate(colour=1, box=(0, 0, 40, 20), disposal=2, is_opaque=True)
    data = gif((40, 20), PALETTE, [ground, Plate(colour=2, box=(10, 5, 10, 10))])
    (after,) = composed(data, 1)
    assert levels(after, (5, 10), (15, 10), (10, 5)) == [CLEAR, (*GREEN, 255), CLEAR]


def test_the_present_frame_is_no_step() -> None:
    data = gif((4, 4), PALETTE, [Plate(colour=2, box=(0, 0, 4, 4), is_opaque=True)])
    (only,) = composed(data, 0)
    assert levels(only, (2, 2)) == [(*GREEN, 255)]
