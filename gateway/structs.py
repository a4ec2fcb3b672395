"""google.protobuf.Struct to JSON values and back. A Struct has doubles only, our JSON has no floats."""

from collections.abc import Mapping
from typing import Any, cast

from google.protobuf.struct_pb2 import Struct, Value

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError

MAX_DEPTH = 20

_MAX_INTEGER = 2**53 - 1


def json_of(struct: Struct, *, field: str) -> dict[str, Json]:
    """The value of a Struct: its whole numbers are integers.

    Raises:
        InvalidInputError: a fraction, a whole number beyond 2^53 - 1, a value that is none, or more than
            20 levels are in it; the message names the place, which begins with `field`.
    """
    return _object(struct, field, field, depth=1)


def struct_of(value: Mapping[str, Json]) -> Struct:
    """`value` as a Struct."""
    struct = Struct()
    struct.update(cast("dict[str, Any]", value))
    return struct


def _object(struct: Struct, place: str, field: str, *, depth: int) -> dict[str, Json]:
    if depth > MAX_DEPTH:
        raise InvalidInputError(f"{place}: nested over {MAX_DEPTH} levels; make it flatter", field=field)
    return {
        key: _json(value, f"{place}.{key[:80]}", field, depth=depth) for key, value in struct.fields.items()
    }


def _json(value: Value, place: str, field: str, *, depth: int) -> Json:
    match value.WhichOneof("kind"):
        case "null_value":
            return None
        case "bool_value":
            return value.bool_value
        case "string_value":
            return value.string_value
        case "number_value":
            return _integer(value.number_value, place, field)
        case "struct_value":
            return _object(value.struct_value, place, field, depth=depth + 1)
        case "list_value":
            return _list(value, place, field, depth=depth + 1)
        case _:
            raise InvalidInputError(f"{place}: has no value; give one, or leave it out", field=field)


def _list(value: Value, place: str, field: str, *, depth: int) -> list[Json]:
    if depth > MAX_DEPTH:
        raise InvalidInputError(f"{place}: nested over {MAX_DEPTH} levels; make it flatter", field=field)
    entries = value.list_value.values
    return [_json(entry, f"{place}[{i}]", field, depth=depth) for i, entry in enumerate(entries)]


def _integer(number: float, place: str, field: str) -> int:
    if not number.is_integer():  # neither are NaN and the infinities
        raise InvalidInputError(
            f'{place}: {number!r} is no whole number; write decimals as text, "0.5"', field=field
        )
    if abs(number) > _MAX_INTEGER:
        raise InvalidInputError(f"{place}: {number!r} is beyond 2^53 - 1; write it as text", field=field)
    return int(number)
