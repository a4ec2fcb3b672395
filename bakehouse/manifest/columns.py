"""The types a column may have, as Arrow types and as JSON, and any Arrow encoding of them made plain.

Plain means: strings and lists with 32-bit offsets, no dictionary, view or run-length encoding, struct fields
in name order. A table's rows are stored, compared and hashed in plain form only.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError

Array: TypeAlias = "pa.Array[Any]"  # a library's edge: what an array holds is known at run time only

Batch: TypeAlias = pa.RecordBatch

_SIMPLE: Mapping[str, pa.DataType] = {
    "null": pa.null(),
    "bool": pa.bool_(),
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint8": pa.uint8(),
    "uint16": pa.uint16(),
    "uint32": pa.uint32(),
    "uint64": pa.uint64(),
    "float16": pa.float16(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "string": pa.string(),
    "binary": pa.binary(),
}
_NAMES = {kind: name for name, kind in _SIMPLE.items()}


def type_json(kind: pa.DataType) -> Json:
    """A plain type as JSON: its name, `{"bytes": width}`, `{"list": type}` or `{"struct": {field: type}}`."""
    if isinstance(kind, pa.FixedSizeBinaryType):
        return {"bytes": kind.byte_width}
    if isinstance(kind, pa.ListType):
        return {"list": type_json(kind.value_type)}
    if isinstance(kind, pa.StructType):
        return {"struct": {field.name: type_json(field.type) for field in kind}}
    return _NAMES[kind]


def parse_type(value: Json) -> pa.DataType:
    """The type that `type_json` wrote.

    Raises:
        InvalidInputError: it is no such JSON.
    """
    match value:
        case str() if value in _SIMPLE:
            return _SIMPLE[value]
        case {"bytes": int(width)} if width > 0:
            return pa.binary(width)
        case {"list": item}:
            return pa.list_(parse_type(item))
        case {"struct": dict(fields)}:
            return pa.struct([(name, parse_type(item)) for name, item in sorted(fields.items())])
    raise InvalidInputError(f"column type {value!r} is unknown; a newer Bakehouse may read it")


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The plain type of the values of a column of type `kind`.

    Raises:
        InvalidInputError: tables can't hold it (times, decimals, maps, unions, extensions), or a name in it.
    """
    if kind in _NAMES or pa.types.is_fixed_size_binary(kind):
        return kind
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if isinstance(kind, pa.DictionaryType | pa.RunEndEncodedType):
        return plain_type(kind.value_type)
    if _is_list(kind):
        return pa.list_(plain_type(kind.field(0).type))
    if isinstance(kind, pa.StructType) and kind.num_fields:
        names = [check_name(name) for name in field_names(kind)]
        if len(set(names)) == len(names):
            return pa.struct([(name, plain_type(kind.field(name).type)) for name in names])
    raise InvalidInputError(f"a table can't hold {kind}; use numbers, text, bytes, lists or structs of them")


def check_name(name: str) -> str:
    """The name of a column or field, which canonical JSON must be able to hold.

    Raises:
        InvalidInputError: it is not ASCII, or empty.
    """
    if not name or not name.isascii():
        raise InvalidInputError(f"{name!r} is no name of a column; rename it in ASCII")
    return name


def plain_array(array: Array) -> Array:
    """The same values in the plain type of `array`'s type.

    Raises:
        InvalidInputError: see `plain_type`.
    """
    kind = array.type
    if isinstance(array, pa.DictionaryArray):
        return plain_array(array.dictionary.take(array.indices))
    if isinstance(kind, pa.RunEndEncodedType):
        return plain_array(call("run_end_decode", array))
    if _is_list(kind):
        return _plain_list(array)
    if isinstance(array, pa.StructArray):
        return _plain_struct(array)
    return array.cast(plain_type(kind))


def call(function: str, *arguments: object) -> Array:
    """An Arrow compute function by name, for what the stubs do not know or know wrongly."""
    return cast("Array", pc.call_function(function, list(arguments)))


def nulls(length: int, kind: pa.DataType) -> Array:
    """`length` nulls of type `kind`."""
    return pa.nulls(length).cast(kind)


def field_names(kind: pa.StructType) -> list[str]:
    """The names of a struct's fields, in their canonical order."""
    return sorted(field.name for field in kind)


def select(rows: pa.RecordBatch, columns: Mapping[str, pa.DataType]) -> pa.RecordBatch:
    """Exactly `columns` of `rows`, in that order and those types; nulls for one that is not there."""
    present = set(rows.schema.names)
    arrays = [
        rows[name].cast(kind) if name in present else nulls(rows.num_rows, kind)
        for name, kind in columns.items()
    ]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def concat(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """The rows of at least one batch, all of one schema, as one batch."""
    joined = pa.concat_batches(batches)  # type: ignore[attr-defined]  # newer than the stubs
    return cast("pa.RecordBatch", joined)


def no_rows(columns: Mapping[str, pa.DataType]) -> pa.RecordBatch:
    """A batch of `columns` without rows."""
    return pa.RecordBatch.from_arrays([nulls(0, kind) for kind in columns.values()], names=list(columns))


def fixed_bytes(array: Array) -> memoryview:
    """The values of a fixed-width array without nulls, one behind the other."""
    width = array.type.bit_width // 8
    data = array.buffers()[1]
    if data is None or not len(array):
        return memoryview(b"")
    return memoryview(data).cast("B")[array.offset * width : (array.offset + len(array)) * width]


def _is_list(kind: pa.DataType) -> bool:
    checks = pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list
    return any(check(kind) for check in (*checks, pa.types.is_list_view, pa.types.is_large_list_view))


def _plain_list(array: Array) -> Array:
    # Rebuilt, not cast: Arrow 26 casts a list view that ends in a null to an array without its last offset.
    lengths = pc.list_value_length(array).cast(pa.int64()).fill_null(0)
    offsets = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(lengths)])
    values = plain_array(pc.list_flatten(array))
    return pa.ListArray.from_arrays(  # type: ignore[call-overload, no-any-return]  # stubs: no mask from is_null
        offsets.cast(pa.int32()), values, mask=array.is_null()
    )


def _plain_struct(array: pa.StructArray) -> Array:
    names = field_names(array.type)
    # `struct_field` and not `field`: only the former makes a child null where its parent is.
    children = [plain_array(pc.struct_field(array, name)) for name in names]
    return pa.StructArray.from_arrays(children, names, mask=array.is_null())
