"""JSON-like fields to a google.protobuf.Struct and back: numbers stay what they are.

A Struct knows doubles only. The contract takes whole numbers and decimals written as text, so that a spec has
one form in every language: a fraction is sent as its decimal text, and comes back as that.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value

from bakehouse.canonical_json import decimal_text
from bakehouse.errors import InvalidInputError

_MAX_INTEGER = 2**53 - 1


def struct_of(fields: Mapping[str, Any], *, field: str) -> Struct:
    """JSON-like fields as a message; `field` is what an error calls them.

    Raises:
        InvalidInputError: something in them has no place in JSON; the message says where.
    """
    struct = Struct()
    try:
        struct.update(_object(fields, field))
    except ValueError as error:  # a lone surrogate
        raise InvalidInputError(f"{field}: {error}; use other characters", field=field) from error
    return struct


def plain(struct: Struct) -> dict[str, Any]:
    """A message's fields as plain values; a whole number is an `int`."""
    return {key: _plain(value) for key, value in struct.fields.items()}


def _plain(value: Value) -> Any:  # noqa: ANN401 - whatever JSON holds
    match value.WhichOneof("kind"):
        case "struct_value":
            return plain(value.struct_value)
        case "list_value":
            return [_plain(entry) for entry in value.list_value.values]
        case "number_value":
            return int(value.number_value) if value.number_value.is_integer() else value.number_value
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return None


def _object(fields: Mapping[str, Any], place: str) -> dict[str, Any]:
    for key in fields:
        if not isinstance(key, str):
            raise InvalidInputError(f"{place}: key {key!r} is no text; use text", field=place)
    return {key: _sendable(value, f"{place}.{key}") for key, value in fields.items()}


def _sendable(value: Any, place: str) -> Any:  # noqa: ANN401 - whatever the caller gave
    match value:
        case None | bool() | str():
            return value
        case int() if abs(value) <= _MAX_INTEGER:
            return value
        case float() if value.is_integer() and abs(value) <= _MAX_INTEGER:
            return int(value)
        case float() | Decimal():
            return decimal_text(value)
        case Mapping():
            return _object(value, place)
        case list() | tuple():
            return [_sendable(entry, f"{place}[{i}]") for i, entry in enumerate(value)]
        case _:
            raise InvalidInputError(
                f"{place}: {type(value).__name__} {value!r:.40} is no JSON; use text, or numbers below 2^53",
                field=place,
            )
