"""What values of options are, and the one form in which each is written: 8, 8.0 and "8" are one number.

Decimals are text in the canonical form, as canonical JSON has them. Knows no option.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum, auto

from bakehouse.canonical_json import Json, decimal_text

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_MAX_INTEGER = 2**53 - 1
_MAX_EXPONENT = 300  # beyond it a float has no room, and its text no end
_MAX_ASPECT = 100
_ASPECT_NAMES = ("aspect", "aspect_ratio", "aspect_bucket")  # SimpleTuner's code and documents have all three
_SHOWN = 60
_USUAL_PERCENT = "8"


class Kind(Enum):
    """What a value is."""

    FLAG = auto()
    INTEGER = auto()
    AMOUNT = auto()  # a whole number, or one with decimals
    DECIMAL = auto()
    PERCENT = auto()  # or true for the usual share, false for none
    TEXT = auto()
    TEXTS = auto()
    PROMPT = auto()  # a text, or alternatives
    NUMBERS = auto()
    RESOLUTION = auto()  # a number, or kohya's width and height
    SHAPES = auto()  # ratios, each perhaps with a weight
    SIZES = auto()  # width and height by ratio
    TABLE = auto()
    TABLES = auto()
    ANY = auto()


def canonical(value: Json, kind: Kind) -> Json:
    """A value in the one form that its kind has.

    Raises:
        ValueError: it is of another kind; the text says what it is instead, and the remedy.
    """
    return _CANONICAL[kind](value)


def number_of(value: Json) -> Decimal | None:
    """The number that a value is, or that a text says; None for none."""
    if value is None or isinstance(value, bool | list | tuple | Mapping):
        return None
    try:
        number = Decimal(str(value))  # a float of a program's own recipe is taken as it is written
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= _MAX_EXPONENT else None


def shown_key(key: str) -> str:
    """A key as messages have it: in one line."""
    return key if key.isprintable() else ascii(key)


def shown(value: object) -> str:
    """A value as messages have it."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _flag(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _WORDS:  # "False" is not true because it is not empty
        return _WORDS[value.lower()]
    raise ValueError("neither true nor false; give one of them")


def _integer(value: Json) -> int:
    number = number_of(value)
    if number is None or number != number.to_integral_value() or abs(number) > _MAX_INTEGER:
        raise ValueError("no whole number; give one")
    return int(number)


def _amount(value: Json) -> int | str:
    text = _decimal(value)
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() and abs(number) <= _MAX_INTEGER else text


def _decimal(value: Json) -> str:
    number = number_of(value)
    if number is None:
        raise ValueError("no number; give one")
    return decimal_text(number)


def _percent(value: Json) -> str:
    flag = _WORDS.get(value.lower()) if isinstance(value, str) else value
    if isinstance(flag, bool):
        return _USUAL_PERCENT if flag else "0"
    number = number_of(value)
    if number is None:
        raise ValueError("no percentage; give one, true or false")
    return decimal_text(number)


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError("no text; put it in quotes")


def _texts(value: Json) -> list[Json]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list | tuple):
        raise ValueError("no list of texts; give one")
    return [_text(entry) for entry in value]


def _prompt(value: Json) -> Json:
    return _texts(value) if isinstance(value, list | tuple) else _text(value)


def _numbers(value: Json) -> list[Json]:
    if not isinstance(value, list | tuple):
        raise ValueError("no list of numbers; give one")
    return [_decimal(entry) for entry in value]


def _resolution(value: Json) -> Json:
    """A number; two of them where they differ. kohya writes 512, [512, 768] and "512,768"."""
    given = value.split(",") if isinstance(value, str) and "," in value else value
    if not isinstance(given, list | tuple):
        return _decimal(value)
    sides = [number_of(side.strip() if isinstance(side, str) else side) for side in given]
    whole = [int(side) for side in sides if side is not None and side >= 1 and side == int(side)]
    if len(sides) != 2 or len(whole) != 2:
        raise ValueError("no width and height; give two whole numbers, or one number")
    return str(whole[0]) if whole[0] == whole[1] else [*whole]


def _shapes(value: Json) -> list[Json]:
    if not isinstance(value, list | tuple):
        raise ValueError("no list of aspect ratios; give one, [0.75, 1.0, 1.5] say")
    return [_shape(entry) for entry in value]


def _shape(value: Json) -> Json:
    if not isinstance(value, Mapping):
        return _aspect(value)
    given = [value[name] for name in _ASPECT_NAMES if value.get(name) is not None]
    if len(given) != 1 or set(value) - {*_ASPECT_NAMES, "weight"}:
        raise ValueError("no list of shapes; give each table one aspect, and a weight if you like")
    weight = number_of(value.get("weight", 1))
    if weight is None or weight <= 0:
        raise ValueError(
            f"no list of shapes: weight {shown(value.get('weight'))}; give more than 0, or leave it out"
        )
    return {"aspect": _aspect(given[0]), "weight": decimal_text(weight)}


def _aspect(value: Json) -> str:
    aspect = number_of(value)
    if aspect is None or not 0 < aspect < _MAX_ASPECT:
        raise ValueError(
            f"no list of aspect ratios: {shown(value)} is no width by height; give 0.01 to {_MAX_ASPECT - 1}"
        )
    return decimal_text(aspect)


def _sizes(value: Json) -> dict[str, Json]:
    if not isinstance(value, Mapping):
        raise ValueError('no table of sizes; give one, {"1.5": [1216, 832]} say')
    found: dict[str, Json] = {}
    for ratio, size in value.items():
        sides = [number_of(side) for side in size] if isinstance(size, list | tuple) else []
        whole = [int(side) for side in sides if side is not None and side == int(side)]
        if len(sides) != 2 or len(whole) != 2:
            raise ValueError(f"no table of sizes: {ratio} has {shown(size)}; give it a width and a height")
        found[ratio] = [*whole]
    return found


def _table(value: Json) -> Json:
    if not isinstance(value, Mapping):
        raise ValueError("no table of options; give one")
    return value


def _tables(value: Json) -> list[Json]:
    if not isinstance(value, list | tuple):
        raise ValueError("no list of tables; give one")
    return [_table(entry) for entry in value]


def _any(value: Json) -> Json:
    return value


_CANONICAL: Mapping[Kind, Callable[[Json], Json]] = {
    Kind.FLAG: _flag,
    Kind.INTEGER: _integer,
    Kind.AMOUNT: _amount,
    Kind.DECIMAL: _decimal,
    Kind.PERCENT: _percent,
    Kind.TEXT: _text,
    Kind.TEXTS: _texts,
    Kind.PROMPT: _prompt,
    Kind.NUMBERS: _numbers,
    Kind.RESOLUTION: _resolution,
    Kind.SHAPES: _shapes,
    Kind.SIZES: _sizes,
    Kind.TABLE: _table,
    Kind.TABLES: _tables,
    Kind.ANY: _any,
}
