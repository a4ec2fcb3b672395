"""What a section of a recipe may say: each key is honoured, replaced or not yet there. Values get one form.

Honoured keys have a kind, by which a value is checked and written canonically: 8, 8.0 and "8" are one number.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import Enum, auto

from bakehouse.canonical_json import Json, decimal_text
from bakehouse.spec import suggestion

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NOTHING = frozenset({"none", "false", "no", "off", "0", "", "[]", "{}"})
_MAX_INTEGER = 2**53 - 1
_SHOWN = 60


class Kind(Enum):
    """What a value is."""

    FLAG = auto()
    INTEGER = auto()
    DECIMAL = auto()
    TEXT = auto()
    TEXTS = auto()
    ANY = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The keys of a section.

    Args:
        honoured: their kinds.
        replaced: keys that are accepted and have no work here, with what does their work.
        not_yet: keys that are known and not supported: with the reason or the remedy. They may stand there
            with a value that asks for nothing: none, false, 0, or what `neutral` says.
        elsewhere: names that other tools or other places use, with ours.
        aliases: other spellings of the same key.
    """

    honoured: Mapping[str, Kind]
    replaced: Mapping[str, str] = field(default_factory=dict)
    not_yet: Mapping[str, str] = field(default_factory=dict)
    neutral: Mapping[str, Json] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A section in canonical form, and all that is to be said of it. Keys without a value are left out."""

    values: Mapping[str, Json]
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def check_section(section: Section, table: Json, *, what: str) -> Checked:
    """The section that `table` says; `what` names it in messages."""
    if not isinstance(table, Mapping):
        return Checked(values={}, problems=(f"{what}: {_shown(table)} is no table of options; give one",))
    prefix = f"{what}." if what else ""
    values: dict[str, Json] = {}
    problems, remarks = [], []
    for written, value in table.items():
        name, place = section.aliases.get(written, written), f"{prefix}{written}"
        if name in values:
            problems.append(f"{place}: it is there twice, under two spellings; keep one")
        elif name in section.replaced:
            remarks.append(f"{place} has no work here: {section.replaced[name]}")
        elif name not in section.honoured:
            problems += (
                [] if _asks_for_nothing(section, name, value) else [f"{place}: {_unknown(section, name)}"]
            )
        elif value is not None:
            try:
                values[name] = canonical(value, section.honoured[name])
            except ValueError as error:
                problems.append(f"{place}: {_shown(value)} is {error}")
    return Checked(values=values, problems=tuple(problems), remarks=tuple(remarks))


def canonical(value: Json, kind: Kind) -> Json:
    """A value in the one form that its kind has.

    Raises:
        ValueError: it is of another kind; the text says what it has to be.
    """
    return _CANONICAL[kind](value)


def _asks_for_nothing(section: Section, name: str, value: Json) -> bool:
    if name not in section.not_yet:
        return False
    neutral = section.neutral.get(name)
    return str(value).lower() in _NOTHING or (neutral is not None and str(value) == str(neutral))


def _unknown(section: Section, name: str) -> str:
    if name in section.not_yet:
        return f"not supported yet; {section.not_yet[name]}"
    if name in section.elsewhere:
        return f"unknown; here it is {section.elsewhere[name]}"
    known = {*section.honoured, *section.replaced, *section.not_yet, *section.aliases}
    return f"unknown{suggestion(name, known)}"


def _flag(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _WORDS:  # "False" is not true because it is not empty
        return _WORDS[value.lower()]
    raise ValueError("neither true nor false; give one of them")


def _integer(value: Json) -> int:
    number = _number(value)
    if number is None or number != number.to_integral_value() or abs(number) > _MAX_INTEGER:
        raise ValueError("no whole number; give one")
    return int(number)


def _decimal(value: Json) -> str:
    number = _number(value)
    if number is None:
        raise ValueError("no number; give one")
    return decimal_text(number)


def _number(value: Json) -> Decimal | None:
    if value is None or isinstance(value, bool | list | tuple | Mapping):
        return None
    try:
        number = Decimal(str(value))  # a float of a program's own recipe is taken as it is written
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError("no text; put it in quotes")


def _texts(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list | tuple):
        raise ValueError("no list of texts; give one")
    return [_text(entry) for entry in value]


def _any(value: Json) -> Json:
    return value


_CANONICAL: Mapping[Kind, Callable[[Json], Json]] = {
    Kind.FLAG: _flag,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.TEXT: _text,
    Kind.TEXTS: _texts,
    Kind.ANY: _any,
}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
