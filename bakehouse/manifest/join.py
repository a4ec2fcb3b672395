"""Joins tables of one manifest on their keys, as a stream: samples with their buckets and captions, say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa

from bakehouse.blobs.blobs import Blobs
from bakehouse.manifest.reading import TableReader, stretches
from bakehouse.manifest.table import TableRef

_LEFT, _RIGHT = "left row", "right row"


def join_tables(
    blobs: Blobs, tables: Mapping[str, TableRef], *, columns: Mapping[str, Iterable[str]] | None = None
) -> Iterator[pa.RecordBatch]:
    """Every row of the first table with what the others say of it: a chain of left joins.

    Each further table is joined on the key columns that it shares with what is joined so far: captions to
    samples by sample, latents to buckets by sample and draw. A row that matches several comes once for each
    of them, one that matches none comes with nulls; rows of others that match nothing are left out.

    Args:
        blobs: where the parts are.
        tables: by name; at least one.
        columns: those to read of each table; all where the table is not named, or nothing is given.

    Yields:
        Batches sorted by key: the key columns under their names, all others as `table.column`.

    Raises:
        InvalidInputError: a table has no such column.
        NotFoundError, CorruptionError: a part is not there, or damaged.
    """
    wanted = columns or {}
    readers = {name: TableReader(blobs, table, columns=wanted.get(name)) for name, table in tables.items()}
    for stretch in stretches(tables.values()):
        joined: pa.RecordBatch | None = None
        for name, reader in readers.items():
            rows = _qualified(reader.rows_at(stretch), name, key=tables[name].key)
            joined = rows if joined is None else _left_join(joined, rows, key=tables[name].key)
            if not joined.num_rows:
                break
        if joined is not None and joined.num_rows:
            yield joined


def _qualified(rows: pa.RecordBatch, table: str, *, key: Sequence[str]) -> pa.RecordBatch:
    return rows.rename_columns([n if n in key else f"{table}.{n}" for n in rows.schema.names])


def _left_join(left: pa.RecordBatch, right: pa.RecordBatch, *, key: Sequence[str]) -> pa.RecordBatch:
    shared = [name for name in key if name in left.schema.names]
    # Arrow's join can't carry lists, and gives rows in any order: let it match keys to row numbers only.
    matched = (
        _numbered(left, shared, _LEFT)
        .join(_numbered(right, shared, _RIGHT), keys=shared, join_type="left outer")
        .sort_by([(_LEFT, "ascending"), (_RIGHT, "ascending")])
    )
    rows = left.take(matched[_LEFT].combine_chunks())
    found = right.take(matched[_RIGHT].combine_chunks())
    new = [name for name in right.schema.names if name not in shared]
    return pa.RecordBatch.from_arrays(
        [*rows.columns, *(found[name] for name in new)], names=[*rows.schema.names, *new]
    )


def _numbered(rows: pa.RecordBatch, key: Sequence[str], numbers: str) -> pa.Table:
    columns = {name: rows[name] for name in key}
    return pa.table({**columns, numbers: pa.array(range(rows.num_rows), pa.int64())})
