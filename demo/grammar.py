"""The words of the demo's pictures: shapes, colours, grounds, the concept, and their tags and captions.

Knows no pixels and no models. A caption is what the tagger stage writes: tags with spaces, joined by ", ".
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bakehouse.errors import InvalidInputError

Colour: TypeAlias = tuple[int, int, int]

# The base's shapes. The concept is drawn by the same code and is in none of the base's pictures.
SHAPES = ("circle", "ring", "square", "triangle", "cross", "star")
CONCEPT = "hourglass"
TRIGGER = "zobkin"

SHAPE_COLOURS: dict[str, Colour] = {
    "red": (215, 40, 40),
    "yellow": (245, 205, 35),
    "green": (35, 150, 65),
    "blue": (40, 80, 225),
    "purple": (140, 50, 175),
    "white": (245, 245, 245),
}
GROUNDS: dict[str, Colour] = {
    "white": (245, 245, 245),
    "black": (20, 20, 20),
    "grey": (128, 128, 128),
    "pink": (245, 165, 190),
    "cyan": (95, 205, 215),
}
RATINGS = ("general", "sensitive", "questionable", "explicit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Motif:
    """What a picture shows: one shape of one colour on one ground."""

    shape: str
    colour: str
    ground: str

    def __post_init__(self) -> None:
        if self.shape not in (*SHAPES, CONCEPT):
            raise InvalidInputError(f"shape {self.shape!r}: one of {', '.join((*SHAPES, CONCEPT))}")
        if self.colour not in SHAPE_COLOURS:
            raise InvalidInputError(f"colour {self.colour!r}: one of {', '.join(SHAPE_COLOURS)}")
        if self.ground not in GROUNDS:
            raise InvalidInputError(f"ground {self.ground!r}: one of {', '.join(GROUNDS)}")
        if self.colour == self.ground:
            raise InvalidInputError(f"{self.colour} on {self.ground}: colour and ground must differ")

    @property
    def tags(self) -> tuple[str, str, str]:
        """Shape, colour and ground as the tagger names them, with underscores."""
        return (self.shape, colour_tag(self.colour), ground_tag(self.ground))


def colour_tag(colour: str) -> str:
    """The tagger's name for a shape's colour: red -> red_shape."""
    return f"{colour}_shape"


def ground_tag(ground: str) -> str:
    """The tagger's name for a ground: grey -> grey_ground."""
    return f"{ground}_ground"


def caption_of(tags: Sequence[str]) -> str:
    """Tags as a caption: underscores become spaces, joined by a comma and a space."""
    return ", ".join(tag.replace("_", " ") for tag in tags)


def prompt_of(motif: Motif, *, trigger: str = "") -> str:
    """The plain prompt for a motif. A trigger stands in front, in the place of the shape's name."""
    shape, colour, ground = motif.tags
    return caption_of((trigger or shape, colour, ground))


def all_motifs(shapes: Sequence[str] = SHAPES) -> list[Motif]:
    """Every motif of the shapes, in a fixed order."""
    return [
        Motif(shape=shape, colour=colour, ground=ground)
        for shape in shapes
        for colour in SHAPE_COLOURS
        for ground in GROUNDS
        if colour != ground
    ]


def draw_motif(rng: random.Random, shapes: Sequence[str] = SHAPES) -> Motif:
    """A motif at random, of the base's shapes unless others are named."""
    ground = rng.choice(tuple(GROUNDS))
    colour = rng.choice([name for name in SHAPE_COLOURS if name != ground])
    return Motif(shape=rng.choice(tuple(shapes)), colour=colour, ground=ground)
