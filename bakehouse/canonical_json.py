"""Canonical JSON (RFC 8785) for everything that is hashed, without floats: decimals are strings.

Refusing floats is what keeps a key equal in every language and version. Object keys are ASCII, so that
sorting by code point (Python) and by UTF-16 unit (the RFC) agree.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from typing_extensions import TypeAliasType

from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError

Json = TypeAliasType("Json", "bool | int | str | Sequence[Json] | Mapping[str, Json] | None")

_MAX_INTEGER = 2**53 - 1  # beyond it JSON readers disagree


def canonical_bytes(value: Json) -> bytes:
    """The one UTF-8 text of `value`: sorted keys, no white space, shortest escapes.

    Raises:
        InvalidInputError: a float, an integer beyond 2^53 - 1, a key that is not ASCII, a lone surrogate
            or any other type is in it.
    """
    _check(value, "$")
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInputError("text with a lone surrogate has no canonical form; re-encode it") from error


def canonical_digest(value: Json) -> Digest:
    """SHA-256 of `canonical_bytes(value)`."""
    return digest_bytes(canonical_bytes(value))


def decimal_text(value: float | str | Decimal) -> str:
    """A decimal number as the text that stands for it in canonical JSON: `0.350` and `.35` give `"0.35"`.

    Raises:
        InvalidInputError: it is not a finite number.
    """
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise InvalidInputError(f"{value!r} is no number") from error
    if not number.is_finite():
        raise InvalidInputError(f"{value!r} is not finite; give a finite number")
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _check(value: object, place: str) -> None:
    match value:
        case None | bool() | str():
            return
        case int():
            if abs(value) > _MAX_INTEGER:
                raise InvalidInputError(f"{place}: {value} is beyond 2^53 - 1; write it as text")
        case float():
            raise InvalidInputError(f"{place}: {value} is a float; write it with decimal_text()")
        case dict():
            _check_object(value, place)
        case list() | tuple():
            for i, entry in enumerate(value):
                _check(entry, f"{place}[{i}]")
        case _:
            raise InvalidInputError(f"{place}: {type(value).__name__} has no canonical form; use a JSON type")


def _check_object(value: dict[object, object], place: str) -> None:
    for key, entry in value.items():
        if not isinstance(key, str) or not key.isascii():
            raise InvalidInputError(f"{place}: key {key!r} is not ASCII text; rename it")
        _check(entry, f"{place}.{key}")
