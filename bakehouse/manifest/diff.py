"""What changed between two manifests, row by row, without reading the parts that both share."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import StateError
from bakehouse.manifest.columns import Array, concat, nulls
from bakehouse.manifest.compare import any_of, differing
from bakehouse.manifest.edits import row_keys
from bakehouse.manifest.header import Manifest
from bakehouse.manifest.reading import TableReader, stretches
from bakehouse.manifest.table import Part, TableRef

ADDED = "added"
REMOVED = "removed"
CHANGED = "changed"


def diff_manifests(blobs: Blobs, before: Manifest, after: Manifest) -> Iterator[tuple[str, pa.RecordBatch]]:
    """For each table, by name, the batches of `diff_tables`.

    A table that only one of the manifests has is all added, or all removed.

    Raises:
        StateError, NotFoundError, CorruptionError: as `diff_tables`.
    """
    for name in sorted(before.tables.keys() | after.tables.keys()):
        old, new = before.tables.get(name), after.tables.get(name)
        for batch in diff_tables(
            blobs, old or _emptied(after.tables[name]), new or _emptied(before.tables[name])
        ):
            yield name, batch


def diff_tables(blobs: Blobs, before: TableRef, after: TableRef) -> Iterator[pa.RecordBatch]:
    """The rows that were added, removed or changed, in the order of the key.

    Yields:
        Batches of the key's columns, then `change` (added, removed, changed), then `columns`: the names of
        those that changed, in order; null where the whole row came or went.

    Raises:
        StateError: the two tables have different keys.
        NotFoundError, CorruptionError: a part is not there, or damaged.
    """
    if before.key != after.key:
        raise StateError(f"tables with keys {before.key} and {after.key} can't be compared; write one anew")
    old, new = TableReader(blobs, before), TableReader(blobs, after)
    for stretch in stretches([before, after]):
        if not _same_rows(old.part_at(stretch), new.part_at(stretch)):
            changes = _diff_rows(old.rows_at(stretch), new.rows_at(stretch), before.key)
            if changes.num_rows:
                yield changes


def _emptied(table: TableRef) -> TableRef:
    return TableRef(key=table.key, columns=table.columns)


def _same_rows(old: Part | None, new: Part | None) -> bool:
    if old is None or new is None:
        return old is new
    return (old.prefix, old.content) == (new.prefix, new.content)


def _diff_rows(old: pa.RecordBatch, new: pa.RecordBatch, key: tuple[str, ...]) -> pa.RecordBatch:
    old_keys, new_keys = row_keys(old, key), row_keys(new, key)
    in_new, in_old = pc.is_in(old_keys, new_keys), pc.is_in(new_keys, old_keys)
    # Sorted by key and filtered to the keys of both, these two are row by row the same samples.
    stayed, stays = old.filter(in_new), new.filter(in_old)
    names = sorted({*old.schema.names, *new.schema.names} - {*key})
    flags = [differing(_column(stayed, name), _column(stays, name)) for name in names]
    changed = any_of([pa.array([False] * stays.num_rows, pa.bool_()), *flags])
    hits = zip(*(flag.filter(changed).to_pylist() for flag in flags), strict=True)
    columns = [[name for name, hit in zip(names, row, strict=True) if hit] for row in hits]
    changes = concat(
        [
            _changes(old.filter(pc.invert(in_new)), REMOVED, key),
            _changes(new.filter(pc.invert(in_old)), ADDED, key),
            _changes(stays.filter(changed), CHANGED, key, columns),
        ]
    )
    return changes.sort_by([(name, "ascending") for name in key])


def _column(rows: pa.RecordBatch, name: str) -> Array:
    return rows[name] if name in rows.schema.names else pa.nulls(rows.num_rows)


def _changes(
    rows: pa.RecordBatch, change: str, key: tuple[str, ...], columns: Sequence[list[str]] | None = None
) -> pa.RecordBatch:
    said = pa.array([change] * rows.num_rows, pa.string())
    kind = pa.list_(pa.string())
    which = nulls(rows.num_rows, kind) if columns is None else pa.array(columns, kind)
    return pa.RecordBatch.from_arrays(
        [*(rows[name] for name in key), said, which], names=[*key, "change", "columns"]
    )
