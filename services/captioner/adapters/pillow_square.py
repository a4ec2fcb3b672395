"""Reads pictures with Pillow into a tagger's square. The dataset saw to it that they are plain."""

import io

import numpy as np
from PIL import Image

from bakehouse.errors import InvalidInputError
from services.captioner.domain.square import place
from services.captioner.ports import Square

WHITE = (255, 255, 255)


def read_square(data: bytes, *, side: int) -> Square:
    """The picture in a white square: (side, side, 3) uint8, blue green red. See `ReadSquare`."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            picture = image.convert("RGB")
    # Pillow's plugins raise whatever their parsers do at bytes that nobody meant for them.
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        KeyError,
        Image.DecompressionBombError,
    ) as error:
        raise InvalidInputError(f"it can't be read ({_cause(error)}); give a whole picture") from error
    placed = place(picture.width, picture.height, side=side)
    fitted = picture.resize((placed.width, placed.height), Image.Resampling.BICUBIC)
    square = Image.new("RGB", (side, side), WHITE)
    square.paste(fitted, (placed.left, placed.top))
    return np.asarray(square)[:, :, ::-1]


def _cause(error: Exception) -> str:
    # "cannot identify image file <_io.BytesIO object at 0x7f...>" names an address, which no two runs share.
    return str(error).partition(" <")[0] or type(error).__name__
