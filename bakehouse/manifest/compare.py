"""Which rows of two columns differ, by logical value and for any plain type. Pure."""

import pyarrow as pa
import pyarrow.compute as pc

from bakehouse.manifest.columns import Array, call, field_names

_FALSE = pa.scalar(value=False)


def differing(before: Array, after: Array) -> Array:
    """For each row whether the two values differ: booleans without nulls.

    Nulls equal nulls, NaNs NaNs and 0.0 -0.0, as in a content digest. Values of two types always differ.
    """
    one_is_null = call("xor", before.is_null(), after.is_null())
    both = call("and", before.is_valid(), after.is_valid())
    if before.type == after.type:
        both = call("and", both, _values_differ(before, after))
    return call("or", one_is_null, both)


def any_of(flags: list[Array]) -> Array:
    """For each row whether any of the booleans is true; there is at least one array."""
    result = flags[0]
    for more in flags[1:]:
        result = call("or", result, more)
    return result


def _values_differ(before: Array, after: Array) -> Array:
    """The same where both are valid; where one is not, any boolean."""
    kind = before.type
    if pa.types.is_null(kind):
        return before.is_valid()
    if isinstance(kind, pa.ListType):
        return _lists_differ(before, after)
    if isinstance(kind, pa.StructType):
        names = field_names(kind)
        return any_of(
            [differing(pc.struct_field(before, name), pc.struct_field(after, name)) for name in names]
        )
    if pa.types.is_float16(kind):
        before, after = before.cast(pa.float32()), after.cast(pa.float32())  # halves can't be compared
    unequal = call("not_equal", before, after).fill_null(_FALSE)
    if pa.types.is_floating(kind):
        both_nan = call("and", before.is_nan(), after.is_nan()).fill_null(_FALSE)
        return call("and_not", unequal, both_nan)
    return unequal


def _lists_differ(before: Array, after: Array) -> Array:
    lengths = call("list_value_length", before), call("list_value_length", after)
    same_length = call("equal", *lengths).fill_null(_FALSE)
    rows = call("indices_nonzero", same_length)
    lists = before.take(rows), after.take(rows)
    items = differing(call("list_flatten", lists[0]), call("list_flatten", lists[1]))
    unequal = rows.take(call("list_parent_indices", lists[0]).filter(items))
    has_unequal = pc.is_in(pa.array(range(len(before)), rows.type), unequal)
    return call("or", call("invert", same_length), has_unequal)
