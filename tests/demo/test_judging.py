import random

import pytest
from PIL import Image

from bakehouse.errors import InvalidInputError
from demo.drawing import draw, draw_ground
from demo.grammar import CONCEPT, SHAPES, Motif, draw_motif
from demo.judging import Score, Seen, judge, look
from demo.places import TAGGER
from demo.tagging import Tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger(TAGGER)


@pytest.fixture(scope="module")
def drawn() -> tuple[list[Image.Image], list[Motif]]:
    rng = random.Random(77)
    motifs = [draw_motif(rng, (*SHAPES, CONCEPT)) for _ in range(40)]
    return [draw(motif, 120, 100, rng) for motif in motifs], motifs


def test_right_pictures_are_right(tagger: Tagger, drawn: tuple[list[Image.Image], list[Motif]]) -> None:
    score = judge(tagger, *drawn)
    assert score.percent_right >= 90
    assert score.num_both_by_rule == score.num_pictures
    assert score.disagreement <= 5


def test_wrong_pictures_are_wrong(tagger: Tagger, drawn: tuple[list[Image.Image], list[Motif]]) -> None:
    pictures, motifs = drawn
    wrong = [
        Motif(
            shape="ring" if motif.shape != "ring" else "star",
            colour="red" if motif.colour != "red" else "blue",
            ground="grey" if motif.ground != "grey" else "pink",
        )
        for motif in motifs
    ]
    score = judge(tagger, pictures, wrong)
    assert max(score.num_shapes, score.num_colours, score.num_grounds) <= 4
    assert (score.num_right, score.num_both_by_rule) == (0, 0)


def test_an_empty_ground_shows_no_shape(tagger: Tagger) -> None:
    seen = look(tagger, [draw_ground("cyan", 64, 64, random.Random(1))])
    assert seen == [Seen(shape=None, colour=None, ground="cyan")]


def test_what_cannot_be_judged_is_said(tagger: Tagger, drawn: tuple[list[Image.Image], list[Motif]]) -> None:
    with pytest.raises(InvalidInputError, match="1 pictures, 40 motifs"):
        judge(tagger, drawn[0][:1], drawn[1])
    with pytest.raises(InvalidInputError, match="no pictures"):
        judge(tagger, [], [])


def test_shares_are_of_all_pictures() -> None:
    score = Score(
        num_pictures=40,
        num_shapes=40,
        num_colours=30,
        num_grounds=20,
        num_right=10,
        num_both_colours=20,
        num_both_by_rule=22,
    )
    assert (score.percent_right, score.percent(score.num_colours)) == (25, 75)
    assert score.disagreement == pytest.approx(5)
