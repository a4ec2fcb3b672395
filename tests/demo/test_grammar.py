import random

import pytest

from bakehouse.errors import InvalidInputError
from demo.grammar import (
    CONCEPT,
    GROUNDS,
    SHAPE_COLOURS,
    SHAPES,
    TRIGGER,
    Motif,
    all_motifs,
    caption_of,
    draw_motif,
    prompt_of,
)

RED_STAR = Motif(shape="star", colour="red", ground="grey")


def test_a_motif_has_three_tags() -> None:
    assert RED_STAR.tags == ("star", "red_shape", "grey_ground")


def test_a_caption_is_tags_with_spaces() -> None:
    assert caption_of(RED_STAR.tags) == "star, red shape, grey ground"


def test_the_trigger_takes_the_shapes_place() -> None:
    motif = Motif(shape=CONCEPT, colour="red", ground="grey")
    assert prompt_of(motif, trigger=TRIGGER) == f"{TRIGGER}, red shape, grey ground"
    assert CONCEPT not in prompt_of(motif, trigger=TRIGGER)


def test_the_concept_is_none_of_the_bases_shapes() -> None:
    assert CONCEPT not in SHAPES
    assert CONCEPT not in {motif.shape for motif in all_motifs()}


def test_all_motifs_are_all_and_different() -> None:
    shared = set(SHAPE_COLOURS) & set(GROUNDS)
    assert len(set(all_motifs())) == len(SHAPES) * (len(SHAPE_COLOURS) * len(GROUNDS) - len(shared))


def test_drawing_motifs_is_by_seed() -> None:
    one, two = ([draw_motif(rng) for _ in range(50)] for rng in (random.Random(3), random.Random(3)))
    assert one == two
    assert {motif.shape for motif in one} == set(SHAPES)


@pytest.mark.parametrize(
    ("shape", "colour", "ground", "named"),
    [
        ("blob", "red", "grey", "'blob'"),
        ("star", "mauve", "grey", "'mauve'"),
        ("star", "red", "plaid", "'plaid'"),
        ("star", "white", "white", "white on white"),
    ],
)
def test_a_motif_is_of_known_words(shape: str, colour: str, ground: str, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        Motif(shape=shape, colour=colour, ground=ground)
