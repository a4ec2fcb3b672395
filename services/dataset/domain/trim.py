"""Where a picture's border ends, by ImageMagick's corner rule. Pure; nothing is cut here."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.dataset.domain.pixel_rules import MIN_EDGE, Box

_MOST_LINES = 64  # compared at a time
_LEVELS = 255.0

Pixels: TypeAlias = NDArray[np.uint8]


def trim_box(pixels: Pixels, *, fuzz: float) -> Box | None:
    """What is left of a picture without its border; None where that is all of it, or too little.

    A border line has nothing but pixels like a corner's: the top and the left edge are compared with the
    upper left pixel, the right edge with the upper right one, the bottom edge with the lower left one. Two
    pixels are alike where the root of the mean square of their channels' differences is at most `fuzz`.
    A picture of one colour keeps its border, as does one of which less than `MIN_EDGE` px would be left.

    Args:
        pixels: (h, w, 3) uint8.
        fuzz: percent of the range of a channel.

    Source: ImageMagick, `GetImageBoundingBox` (MagickCore/attribute.c) and `-fuzz`.
    """
    height, width = pixels.shape[:2]
    most = 3 * (fuzz / 100 * _LEVELS) ** 2
    columns = pixels.transpose(1, 0, 2)
    top = _num_plain(pixels, pixels[0, 0], most)
    if top == height:
        return None
    bottom = _num_plain(pixels[::-1], pixels[-1, 0], most)
    left = _num_plain(columns, pixels[0, 0], most)
    right = _num_plain(columns[::-1], pixels[0, -1], most)
    box = Box(x=left, y=top, width=width - left - right, height=height - top - bottom)
    is_whole = (box.width, box.height) == (width, height)
    return None if is_whole or min(box.width, box.height) < MIN_EDGE else box


def _num_plain(lines: Pixels, colour: Pixels, most: float) -> int:
    """How many of the first lines are like `colour`. Stops at the first that is not: most have no border."""
    wanted = colour.astype(np.int32)
    at, size = 0, 1
    while at < len(lines):
        off = lines[at : at + size] - wanted
        is_odd = (np.einsum("lpc,lpc->lp", off, off) > most).any(axis=1)
        if is_odd.any():
            return at + int(is_odd.argmax())
        at += size
        size = min(2 * size, _MOST_LINES)
    return len(lines)
