import random

import numpy as np
import pytest

from bakehouse.errors import InvalidInputError
from demo.colour_rule import colour_of, ground_of
from demo.drawing import draw, draw_ground, outline, place, shape_mask
from demo.grammar import CONCEPT, SHAPES, Motif, draw_motif

EVERY_SHAPE = (*SHAPES, CONCEPT)


def test_the_same_seed_draws_the_same_pixels() -> None:
    motif = Motif(shape="star", colour="red", ground="grey")
    one, two, other = (draw(motif, 80, 60, random.Random(seed)).tobytes() for seed in (1, 1, 2))
    assert one == two
    assert one != other


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_a_picture_shows_the_colours_of_its_motif(shape: str) -> None:
    rng = random.Random(shape)
    for size in ((64, 64), (90, 30), (40, 120)):
        motif = draw_motif(rng, (shape,))
        picture = draw(motif, *size, rng)
        assert picture.size == size
        assert (picture.mode, colour_of(picture), ground_of(picture)) == ("RGB", motif.colour, motif.ground)


def test_every_shape_covers_another_area() -> None:
    placement = place(128, 128, random.Random(0))
    masks = [np.asarray(shape_mask(shape, 128, 128, placement)) > 127 for shape in EVERY_SHAPE]
    for number, mask in enumerate(masks):
        assert 0.1 < mask.mean() < 0.8
        assert all((mask ^ other).mean() > 0.05 for other in masks[:number])


def test_a_shape_lies_within_its_picture() -> None:
    rng = random.Random(9)
    for _ in range(200):
        width, height = rng.randint(40, 600), rng.randint(40, 600)
        placement = place(width, height, rng)
        assert placement.radius <= placement.x <= width - placement.radius
        assert placement.radius <= placement.y <= height - placement.radius


def test_a_ground_is_flat_but_for_its_shading() -> None:
    pixels = np.asarray(draw_ground("cyan", 50, 40, random.Random(0)), dtype=np.float64)
    assert pixels.shape == (40, 50, 3)
    assert np.ptp(pixels, axis=(0, 1)).max() < 30


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(InvalidInputError, match="8x64 px"):
        draw(Motif(shape="star", colour="red", ground="grey"), 8, 64, random.Random(0))
    with pytest.raises(InvalidInputError, match="'circle' has no corners"):
        outline("circle")
