"""The `content` digest of a part: its rows as logical values, whoever wrote them and in whatever encoding.

It is made from Arrow's own buffers, on a little-endian machine. A column whose rows are all null says
nothing and is left out, so that a table may gain a nullable column and keep its identity.
"""

import hashlib
import struct
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import Digest
from bakehouse.manifest.columns import Array, call, field_names, fixed_bytes, type_json

CONTENT_REVISION = 1

_TAG = b"bakehouse rows %d\0" % CONTENT_REVISION
_LENGTH = struct.Struct("<Q")
_NAN = float("nan")


def content_digest(rows: pa.RecordBatch) -> Digest:
    """The digest of `rows`, whose columns are plain and whose order is that of the primary key.

    Equal for equal values: all NaNs are one value, and so are 0.0 and -0.0. Column order, slices and
    what lies in the slots of nulls do not count; the name, the type and every value of a column do.
    """
    whole = hashlib.sha256(_TAG + _LENGTH.pack(rows.num_rows))
    for name in sorted(rows.schema.names):
        column = rows[name]
        if column.null_count == len(column):
            continue
        hashed = hashlib.sha256()
        for buffer in _buffers(column):
            hashed.update(_LENGTH.pack(len(buffer)))
            hashed.update(buffer)
        head = canonical_bytes([name, type_json(column.type)])
        whole.update(_LENGTH.pack(len(head)) + head + hashed.digest())
    return Digest(whole.hexdigest())


def _buffers(array: Array) -> Iterator[memoryview]:
    """What the values of `array` are made of: the same bytes for the same logical values."""
    yield memoryview(_LENGTH.pack(len(array)))
    if array.null_count:
        yield _bytes_of(array.is_valid())
        array = array.drop_null()
    else:
        yield memoryview(b"")
    kind = array.type
    if isinstance(kind, pa.StructType):
        for name in field_names(kind):
            yield from _buffers(pc.struct_field(array, name))
    elif isinstance(kind, pa.ListType):
        yield _bytes_of(pc.list_value_length(array))
        yield from _buffers(pc.list_flatten(array))
    elif pa.types.is_string(kind) or pa.types.is_binary(kind):
        yield _bytes_of(call("binary_length", array))
        yield _joined(array)
    elif pa.types.is_floating(kind):
        yield _bytes_of(_one_zero_one_nan(array))
    elif not pa.types.is_null(kind):
        yield _bytes_of(array)


def _bytes_of(array: Array) -> memoryview:
    return fixed_bytes(array.cast(pa.uint8()) if pa.types.is_boolean(array.type) else array)


def _joined(array: Array) -> memoryview:
    """The bytes of all strings of an array without nulls, one behind the other."""
    _, offsets, data = array.buffers()
    if data is None or offsets is None or not len(array):
        return memoryview(b"")
    ends = memoryview(offsets).cast("B").cast("i")
    return memoryview(data).cast("B")[ends[array.offset] : ends[array.offset + len(array)]]


def _one_zero_one_nan(array: Array) -> Array:
    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())  # exact, and halves can't be added to
    one_zero = pc.add(array, pa.scalar(0.0, array.type))  # -0.0 + 0.0 is 0.0
    one_nan = pa.scalar(_NAN, array.type)
    return call("if_else", array.is_nan(), one_nan, one_zero)
