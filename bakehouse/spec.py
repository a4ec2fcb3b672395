"""Specs: what a user asks a stage for, as JSON turned into a frozen dataclass, everything wrong said at once.

Unknown keys are refused with the nearest known one. Decimals come as text ("0.35"), as canonical JSON has
them. Ranges and choices are the dataclass's: `Annotated[int, Field(ge=1)]`, `Literal["mean", "sample"]`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass
from pydantic_core import ErrorDetails

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError

T = TypeVar("T")

_CHOICES = 3


def parse_spec(kind: type[T], data: Json, *, what: str) -> T:
    """The spec that `data` says. `what` names it in messages (`training`, `dataset concept`).

    Raises:
        InvalidInputError: keys are unknown or missing, values of the wrong type or out of range; the one
            message names them all, `field` the first.
    """
    if not isinstance(data, Mapping):
        raise InvalidInputError(f"{what}: it is {_shown(data)}; give a table of options", field=what)
    adapter = _adapter(kind)  # type: ignore[arg-type]  # mypy: a class is hashable
    problems = _unknown_keys(data, _keys(kind), what=what)
    known = {name: value for name, value in data.items() if name in _keys(kind)}
    try:
        checked = adapter.validate_python(known)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        nested = _nested_keys(kind)
        raise _refusal([*problems, *(_problem(detail, what, nested) for detail in found)]) from None
    except InvalidInputError as error:
        raise _refusal([*problems, (error.field or what, f"{what}: {error.message}")]) from error
    if problems:
        raise _refusal(problems)
    return kind(**{name: getattr(checked, name) for name in _keys(kind)})


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean X?` where a known name is near, else a list of some that there are."""
    choices = sorted(known)
    if near := get_close_matches(name, choices, n=1, cutoff=0.6):
        return f"; did you mean {near[0]}?"
    if not choices:
        return "; leave it out"
    return f"; there are {', '.join(choices)}" if len(choices) <= 8 * _CHOICES else "; see the documentation"


def _keys(kind: type[Any]) -> frozenset[str]:
    return frozenset(kind.__dataclass_fields__)


def _nested_keys(kind: object) -> frozenset[str]:
    """The keys of all dataclasses that a field of `kind` holds, at any depth."""
    names: set[str] = set()
    held = get_args(kind)
    if is_dataclass(kind):
        held = tuple(get_type_hints(kind, include_extras=True).values())
    for found in held:
        if is_dataclass(found):
            names |= {field.name for field in fields(found)}
        names |= _nested_keys(found)
    return frozenset(names)


@lru_cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    config = ConfigDict(extra="forbid", str_strip_whitespace=False)
    checked: Any = checked_dataclass(kind, config=config, frozen=True)
    return TypeAdapter(checked)


def _unknown_keys(data: Mapping[str, Json], known: frozenset[str], *, what: str) -> list[tuple[str, str]]:
    return [(name, f"{what}.{name}: unknown{suggestion(name, known)}") for name in sorted(set(data) - known)]


def _problem(detail: ErrorDetails, what: str, nested: Iterable[str]) -> tuple[str, str]:
    place = ".".join([what, *map(str, detail["loc"])])
    field = str(detail["loc"][0]) if detail["loc"] else what
    if detail["type"] == "missing":
        return field, f"{place}: missing; give it"
    if detail["type"] == "unexpected_keyword_argument":
        return field, f"{place}: unknown{suggestion(str(detail['loc'][-1]), nested)}"
    message = detail["msg"].removeprefix("Value error, ")
    return field, f"{place}: {_shown(detail['input'])}: {message[:1].lower()}{message[1:]}"


def _refusal(problems: list[tuple[str, str]]) -> InvalidInputError:
    return InvalidInputError("; ".join(text for _, text in problems), field=problems[0][0])


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
