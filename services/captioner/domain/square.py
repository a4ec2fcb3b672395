"""Where a picture lies in the white square that a WD14 tagger looks at. Pure.

The picture is first resized to fit, then laid in the middle. Taggers were trained on pictures padded first;
the two differ by less than a pixel's rounding, and this one needs no square of the picture's own size.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError

# Part of the key of scores, with the revision: raise it when the square's pixels change.
TAGS_REVISION = 1
PREPROCESSING: Mapping[str, Json] = {
    "channels": "bgr",
    "layout": "nhwc",
    "pad": "white, centred, after resizing",
    "range": "0..255",
    "resize": "bicubic",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The size that a picture is resized to, and its upper left corner in the square, in pixels."""

    width: int
    height: int
    left: int
    top: int


def place(width: int, height: int, *, side: int) -> Placement:
    """Fit a picture of `width` by `height` pixels into the middle of a square of `side`.

    Raises:
        InvalidInputError: a size is not positive.
    """
    if min(width, height, side) < 1:
        raise InvalidInputError(f"a picture of {width}x{height} in a square of {side}; give sizes from 1 on")
    longest = max(width, height)
    fitted_width = max(1, round(width * side / longest))
    fitted_height = max(1, round(height * side / longest))
    return Placement(
        width=fitted_width,
        height=fitted_height,
        left=(side - fitted_width) // 2,
        top=(side - fitted_height) // 2,
    )
