"""What the cell of a table says, whatever it is made of: texts, an edge in pixels, the name of a file.

Tables come from many hands: numbers as text or as decimals, lists of one, NaN for nothing. What can be read
in one way only is read; what can't is nothing, never a guess.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

MAX_EDGE = 1 << 17

_MOST_DIGITS = 18


def texts_of(cell: object) -> tuple[str, ...]:
    """The texts in a cell, each once, without white space around them, the empty ones left out.

    A text is one, a list is several; of a struct (or JSON object) they are those of its fields, in order.
    Null, NaN, numbers and bytes that are not UTF-8 are none.
    """
    return tuple(dict.fromkeys(_texts(cell)))


def edge_of(cell: object) -> int | None:
    """The number of pixels in a cell: a whole number above 0, as number or text, alone or as a list of one.

    None where it is anything else, 0, negative or beyond `MAX_EDGE`.
    """
    if type(cell) is int:  # as nearly all are
        number: int | None = cell
    elif type(cell) is str:
        number = _whole_of_text(cell.strip())
    else:
        alone = _alone(cell)
        number = _whole_of_text(alone.strip()) if isinstance(alone, str) else _whole(alone)
    return number if number is not None and 0 < number <= MAX_EDGE else None


def name_of(cell: object) -> str:
    """The text or whole number in a cell, as the name of a file; empty where it is neither."""
    alone = cell if type(cell) is str else _alone(cell)
    if type(alone) is str and alone.isascii():  # as nearly all are
        return alone.strip()
    if isinstance(alone, str | bytes):
        return next(_texts(alone), "")
    number = _whole(alone)
    return "" if number is None else str(number)


def _texts(cell: object) -> Iterator[str]:
    if isinstance(cell, bytes):
        yield from _decoded(cell)
    elif isinstance(cell, str):
        yield from _whole_text(cell)
    elif isinstance(cell, Mapping):
        yield from _all_texts(cell.values())
    elif isinstance(cell, Iterable):
        yield from _all_texts(cell)


def _all_texts(cells: Iterable[object]) -> Iterator[str]:
    for cell in cells:
        yield from _texts(cell)


def _decoded(data: bytes) -> Iterator[str]:
    with suppress(UnicodeDecodeError):
        yield from _whole_text(data.decode())


def _whole_text(text: str) -> Iterator[str]:
    text = text.strip()
    with suppress(UnicodeEncodeError):  # JSON can name half a character, which nothing can store
        text.encode()
        if text:
            yield text


def _alone(cell: object) -> object:
    """The cell, or the one entry of a list."""
    if isinstance(cell, Sequence) and not isinstance(cell, str | bytes) and len(cell) == 1:
        return cell[0]
    return cell


def _whole(value: object) -> int | None:
    if type(value) is int:
        return value
    if isinstance(value, str):
        return _whole_of_text(value)
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    return None


def _whole_of_text(text: str) -> int | None:
    if text.isdecimal() and text.isascii() and len(text) <= _MOST_DIGITS:
        return int(text)
    whole, _, decimals = text.partition(".")
    digits = whole.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS) or decimals.strip("0"):
        return None
    return int(whole)
