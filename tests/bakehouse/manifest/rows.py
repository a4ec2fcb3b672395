"""A small table and rows for it, as tests write them: dictionaries, with ids that share long prefixes."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from hypothesis import settings
from hypothesis import strategies as st

from bakehouse.blobs.blobs import Blobs
from bakehouse.manifest.identity import SampleId
from bakehouse.manifest.reading import TableReader
from bakehouse.manifest.schema import TableSchema
from bakehouse.manifest.table import TableRef

Row = Mapping[str, Any]

CAKES = TableSchema(
    name="cakes",
    key=("sample_id", "variant"),
    columns={
        "sample_id": pa.binary(16),
        "variant": pa.int32(),
        "state": pa.string(),
        "text": pa.string(),
        "score": pa.float64(),
        "tags": pa.list_(pa.struct([("name", pa.string()), ("weight", pa.float32())])),
    },
)

some = settings(deadline=None, max_examples=40)


def an_id(number: int, *, deep: bool = False) -> SampleId:
    """An id that differs from its like in the first byte, or only in the last."""
    return SampleId(bytes([0 if deep else number]) + bytes(14) + bytes([number if deep else 0]))


IDS = st.builds(an_id, st.integers(0, 12) | st.integers(250, 255), deep=st.booleans())
FLOATS = st.none() | st.floats(width=32)
TAGS = st.none() | st.lists(
    st.none() | st.fixed_dictionaries({"name": st.none() | st.text(max_size=3), "weight": FLOATS}),
    max_size=3,
)
ROWS = st.fixed_dictionaries(
    {
        "sample_id": IDS,
        "variant": st.integers(0, 2),
        "state": st.sampled_from([None, "kept", "failed"]),
        "text": st.none() | st.text(max_size=5),
        "score": FLOATS,
        "tags": TAGS,
    }
)


def key_of(row: Row) -> tuple[object, object]:
    return row["sample_id"], row["variant"]


def tables(max_size: int = 40) -> st.SearchStrategy[list[dict[str, object]]]:
    """Rows with unique keys, in any order."""
    return st.lists(ROWS, unique_by=key_of, max_size=max_size)


def batch(rows: Sequence[Row], schema: TableSchema = CAKES) -> pa.RecordBatch:
    """The rows in the types of `schema`; the columns are those of the first row."""
    names = list(rows[0]) if rows else list(schema.columns)
    columns = [pa.array([row[name] for row in rows], schema.columns[name]) for name in names]
    return pa.RecordBatch.from_arrays(columns, names=names)


def batches(rows: Sequence[Row], size: int = 7) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(rows), size):
        yield batch(rows[start : start + size])


def read_all(blobs: Blobs, table: TableRef) -> list[dict[str, object]]:
    return [row for found in TableReader(blobs, table).batches() for row in found.to_pylist()]


def canonical(value: object) -> str:
    """A text that is the same for values that are the same to a table: one NaN, one zero, sorted fields."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value + 0.0)
    if isinstance(value, Mapping):
        return str([(key, canonical(entry)) for key, entry in sorted(value.items())])
    if isinstance(value, list):
        return str([canonical(entry) for entry in value])
    return repr(value)
