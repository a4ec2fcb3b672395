"""Keys of a dataset of images that say how pictures are taken out of files, and what their values mean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bakehouse.dataset_config.entry_fields import EntryFields
from bakehouse.dataset_config.option import Option, Options
from bakehouse.errors import InvalidInputError
from bakehouse.kinds import Kind

MOST_FRAMES = 1000
MOST_FUZZ = 50

_OURS = "ours"
_COLOURS = {"white": "#ffffff", "black": "#000000"}
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_MASK = "mask"
_FIRST, _ALL = "first", "all"

PICTURE_OPTIONS: Options = {
    "alpha": Option(
        kind=Kind.TEXT,
        says="What is seen through transparent pixels: `white`, `black` or `#rrggbb`. `mask`: white, and how "
        "opaque each pixel is, is kept as the picture's mask (`mask` of the table `samples`).",
        default="white",
        differs=f"{_OURS}; training does not weigh by masks yet",
    ),
    "frames": Option(
        kind=Kind.TEXT,
        says="How many pictures an animation or a file of pages gives: `first`, `all`, or a number of them, "
        f"evenly spaced; at most {MOST_FRAMES}. Each is composed as a viewer shows it, and has its file's "
        "captions.",
        default=_FIRST,
        differs=_OURS,
    ),
    "trim": Option(
        kind=Kind.PERCENT,
        says="Cut off borders of one colour, by ImageMagick's corner rule: true, or how far the border's "
        f"colours may differ, in percent, up to {MOST_FUZZ}; true is 8. What was cut off is recorded.",
        default="false",
        low=0,
        high=MOST_FUZZ,
        differs=_OURS,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alpha:
    """What becomes of transparent pixels. `background`: "#rrggbb"."""

    background: str
    with_mask: bool


def alpha_of(text: str) -> Alpha:
    """What the option `alpha` asks for.

    Raises:
        InvalidInputError: it is none of its values.
    """
    named = text.strip().lower()
    background = _COLOURS["white"] if named == _MASK else _COLOURS.get(named, named)
    if not _COLOUR.fullmatch(background):
        raise InvalidInputError(f"alpha: {text}; give white, black, #rrggbb or mask", field="alpha")
    return Alpha(background=background, with_mask=named == _MASK)


def frames_of(text: str) -> int | None:
    """How many pictures the option `frames` asks for; None for all.

    Raises:
        InvalidInputError: it is none of its values.
    """
    named = text.strip().lower()
    if named in {_FIRST, _ALL}:
        return 1 if named == _FIRST else None
    if not named.isdecimal() or not 1 <= int(named) <= MOST_FRAMES:
        raise InvalidInputError(
            f"frames: {text}; give first, all, or how many of them, 1 to {MOST_FRAMES}", field="frames"
        )
    return int(named)


def picture_problems(entry: EntryFields) -> Iterator[str]:
    """What is wrong with these options of an entry."""
    try:
        alpha_of(entry.alpha)
    except InvalidInputError as error:
        yield error.message
    try:
        frames_of(entry.frames)
    except InvalidInputError as error:
        yield error.message
