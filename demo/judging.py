"""What is right in pictures of which it is known what they should show: by the tagger, and by rule."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from bakehouse.errors import InvalidInputError
from demo.colour_rule import colour_of, ground_of
from demo.grammar import CONCEPT, GROUNDS, SHAPE_COLOURS, SHAPES, Motif, colour_tag, ground_tag
from demo.tagging import Tagger

# Below this probability a tag is not there, whatever its group's other tags have.
LEAST_PROBABILITY = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a judge sees in one picture, in the grammar's words; None where it sees none of them."""

    shape: str | None
    colour: str | None
    ground: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How many of `num_pictures` are right: in shape, colour, ground, all three, and both colours by rule."""

    num_pictures: int
    num_shapes: int
    num_colours: int
    num_grounds: int
    num_right: int
    num_both_colours: int
    num_both_by_rule: int

    def __post_init__(self) -> None:
        if self.num_pictures < 1:
            raise InvalidInputError("a score of no pictures: judge at least one")

    def percent(self, count: int) -> float:
        """A count as a share of the pictures, 0..100."""
        return 100 * count / self.num_pictures

    @property
    def percent_right(self) -> float:
        """Pictures right in shape, colour and ground."""
        return self.percent(self.num_right)

    @property
    def disagreement(self) -> float:
        """By how many points the rule of colours and the tagger differ on both colours being right."""
        return abs(self.percent(self.num_both_colours) - self.percent(self.num_both_by_rule))


def look(tagger: Tagger, pictures: Sequence[Image.Image]) -> list[Seen]:
    """What the tagger sees in RGB pictures: of each group the best tag, where it is probable enough."""
    scores = tagger.scores(pictures)
    return [
        Seen(
            shape=_best(tagger, row, {name: name for name in (*SHAPES, CONCEPT)}),
            colour=_best(tagger, row, {colour_tag(name): name for name in SHAPE_COLOURS}),
            ground=_best(tagger, row, {ground_tag(name): name for name in GROUNDS}),
        )
        for row in scores
    ]


def judge(tagger: Tagger, pictures: Sequence[Image.Image], asked: Sequence[Motif]) -> Score:
    """Scores RGB pictures against what was asked of each.

    Raises:
        InvalidInputError: the two lists differ in length or are empty.
    """
    if len(pictures) != len(asked):
        raise InvalidInputError(f"{len(pictures)} pictures, {len(asked)} motifs: give one motif a picture")
    if not pictures:
        raise InvalidInputError("a score of no pictures: judge at least one")
    pairs = list(zip(look(tagger, pictures), asked, strict=True))
    by_rule = [
        colour_of(picture) == motif.colour and ground_of(picture) == motif.ground
        for picture, motif in zip(pictures, asked, strict=True)
    ]
    shapes = [seen.shape == motif.shape for seen, motif in pairs]
    colours = [seen.colour == motif.colour for seen, motif in pairs]
    grounds = [seen.ground == motif.ground for seen, motif in pairs]
    return Score(
        num_pictures=len(pairs),
        num_shapes=sum(shapes),
        num_colours=sum(colours),
        num_grounds=sum(grounds),
        num_right=sum(map(all, zip(shapes, colours, grounds, strict=True))),
        num_both_colours=sum(map(all, zip(colours, grounds, strict=True))),
        num_both_by_rule=sum(by_rule),
    )


def _best(tagger: Tagger, row: npt.NDArray[np.float32], words: dict[str, str]) -> str | None:
    best = max(words, key=lambda tag: float(row[tagger.index(tag)]))
    return words[best] if row[tagger.index(best)] >= LEAST_PROBABILITY else None
