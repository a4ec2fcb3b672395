"""The same values in other Arrow encodings: what a writer, a version or a library may choose."""

from collections.abc import Callable

import pyarrow as pa

from bakehouse.manifest.columns import Array, call


def large(array: Array) -> Array:
    """64-bit offsets, at every level."""
    return array.cast(_large_type(array.type))


def viewed(array: Array) -> Array:
    """Views of strings, and of lists of them."""
    return array.cast(_view_type(array.type))


def dictionary(array: Array) -> Array:
    """A dictionary with an entry for each row, none shared and the nulls among them; of any type."""
    indices = pa.array(range(len(array) - 1, -1, -1), pa.int16())
    order = pa.array(range(len(array) - 1, -1, -1), pa.int64())
    return pa.DictionaryArray.from_arrays(indices, array.take(order))


def run_ends(array: Array) -> Array:
    """Run-length encoded, where Arrow can."""
    if pa.types.is_nested(array.type):
        return array
    return call("run_end_encode", array)


def sliced(array: Array, encode: Callable[[Array], Array] = lambda array: array) -> Array:
    """The values at an offset, with others before and behind them, in the encoding of `encode`."""
    around = array.take(pa.array([0] * min(len(array), 1), pa.int64()))
    return encode(pa.concat_arrays([around, array, around]))[len(around) : len(around) + len(array)]


ENCODINGS: dict[str, Callable[[Array], Array]] = {
    "sliced": sliced,
    "large": large,
    "viewed": viewed,
    "dictionary": dictionary,
    "run ends": run_ends,
    "sliced dictionary": lambda array: sliced(array, dictionary),
    "large, sliced": lambda array: sliced(array, large),
}


def _large_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_string(kind):
        return pa.large_string()
    if pa.types.is_binary(kind):
        return pa.large_binary()
    if isinstance(kind, pa.ListType):
        return pa.large_list(_large_type(kind.value_type))
    if isinstance(kind, pa.StructType):
        return pa.struct([(field.name, _large_type(field.type)) for field in kind])
    return kind


def _view_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_string(kind):
        return pa.string_view()
    if pa.types.is_binary(kind):
        return pa.binary_view()
    if isinstance(kind, pa.ListType):
        return pa.list_(_view_type(kind.value_type))
    if isinstance(kind, pa.StructType):
        return pa.struct([(field.name, _view_type(field.type)) for field in kind])
    return kind
