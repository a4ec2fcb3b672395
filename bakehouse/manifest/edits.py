"""Edits of rows in memory: what a stretch of a table is after some rows went, changed or came. Pure."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from bakehouse.errors import InvalidInputError
from bakehouse.manifest.columns import Array, call, concat, select
from bakehouse.manifest.schema import SAMPLE_ID


def apply_edits(
    base: pa.RecordBatch, *, upserts: pa.RecordBatch, deletes: pa.RecordBatch, key: Sequence[str]
) -> pa.RecordBatch:
    """The rows of `base` after the edits, sorted by `key`, with the columns of `base`.

    First every row of a sample in `deletes` goes. Then a row of `upserts` takes the place of the row with its
    key, or is inserted. Columns that `upserts` lacks keep their value, and are null in an inserted row.
    """
    base = base.filter(pc.invert(pc.is_in(base[SAMPLE_ID], deletes[SAMPLE_ID])))
    old_keys, new_keys = row_keys(base, key), row_keys(upserts, key)
    before = base.take(pc.index_in(new_keys, old_keys))
    types = {field.name: field.type for field in base.schema}
    written = select(upserts, types)
    columns = [(written if name in upserts.schema.names else before)[name] for name in types]
    kept = base.filter(pc.invert(pc.is_in(old_keys, new_keys)))
    edited = concat([kept, pa.RecordBatch.from_arrays(columns, names=list(types))])
    return edited.sort_by([(name, "ascending") for name in key])


def row_keys(rows: pa.RecordBatch, key: Sequence[str]) -> Array:
    """The primary key of each row as one binary value."""
    first = rows[key[0]].cast(pa.binary())
    if len(key) == 1:
        return first
    # No separator is needed: the first has a fixed width.
    return call("binary_join_element_wise", first, rows[key[1]].cast(pa.string()).cast(pa.binary()), b"")


def refuse_duplicates(rows: pa.RecordBatch, key: Sequence[str]) -> None:
    """Check rows that are sorted by `key`.

    Raises:
        InvalidInputError: two rows have the same key; the message names it.
    """
    keys = row_keys(rows, key)
    at = pc.index(pc.equal(keys[1:], keys[:-1]), True).as_py()
    if at >= 0:
        names = ", ".join(f"{name} {_text(rows[name][at].as_py())}" for name in key)
        raise InvalidInputError(f"two rows of a table have {names}; give one", field=key[0])


def _text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
