import numpy as np
from PIL import Image

from demo.colour_rule import colour_of, ground_of, nearest, rim_median
from demo.grammar import GROUNDS, SHAPE_COLOURS


def spot(colour: str, ground: str) -> Image.Image:
    picture = Image.new("RGB", (60, 40), GROUNDS[ground])
    picture.paste(SHAPE_COLOURS[colour], (20, 10, 40, 30))
    return picture


def test_a_spot_is_read_in_all_colours() -> None:
    for ground in GROUNDS:
        for colour in SHAPE_COLOURS:
            if colour != ground:
                picture = spot(colour, ground)
                assert (colour_of(picture), ground_of(picture)) == (colour, ground)


def test_a_ring_is_read_by_its_stroke_not_by_its_hole() -> None:
    picture = spot("blue", "pink")
    picture.paste(GROUNDS["pink"], (25, 15, 35, 25))
    assert (colour_of(picture), ground_of(picture)) == ("blue", "pink")


def test_the_rim_is_the_outer_frame() -> None:
    pixels = np.zeros((50, 50, 3))
    pixels[10:40, 10:40] = 255
    assert rim_median(pixels).tolist() == [0, 0, 0]


def test_nearest_is_by_distance() -> None:
    assert nearest(np.array([250.0, 5.0, 5.0]), SHAPE_COLOURS) == "red"
