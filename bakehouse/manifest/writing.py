"""Writes tables, whole or edited, from rows in any order: one run of them and one leaf are held at a time.

Writing a table is editing an empty one, so the result depends on the rows alone, never on how they came.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pyarrow as pa

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.columns import concat, fixed_bytes
from bakehouse.manifest.content import content_digest
from bakehouse.manifest.cut import PART_ROWS, leaves, split
from bakehouse.manifest.identity import SAMPLE_ID_BYTES, SampleId
from bakehouse.manifest.parts import write_part
from bakehouse.manifest.pending import Pending, PendingEdit, pending_cells
from bakehouse.manifest.schema import SAMPLE_ID, TableSchema, conform
from bakehouse.manifest.spill import Spill
from bakehouse.manifest.table import Part, TableRef, moved

_BATCH_ROWS = 65_536


class TableWriter:
    """Writes the tables of one job; not for many threads. `num_parts_written` counts what it had to store."""

    def __init__(self, blobs: Blobs, *, scratch: Path, part_rows: int = PART_ROWS) -> None:
        """Nothing is touched yet.

        Args:
            blobs: where parts go.
            scratch: an existing folder, for a file that is gone again after each call.
            part_rows: the most rows of a part; whoever edits a table must know which. For tests.
        """
        self._blobs = blobs
        self._scratch = scratch
        self._part_rows = part_rows
        self.num_parts_written = 0

    def write(self, schema: TableSchema, rows: Iterable[pa.RecordBatch]) -> TableRef:
        """A table of `rows`, in any order, batches and encodings.

        Raises:
            InvalidInputError: a key is missing or there twice, a column has another type than `schema` says
                or one that no table has, batches differ in columns, or a sample has too many rows.
            CapacityError, UnavailableError: the scratch folder or the store has no room, or is not there.
        """
        return self.edit(schema, TableRef(key=schema.key, columns=schema.columns), upserts=rows)

    def edit(
        self,
        schema: TableSchema,
        table: TableRef,
        *,
        upserts: Iterable[pa.RecordBatch] = (),
        deletes: Iterable[SampleId] = (),
    ) -> TableRef:
        """`table` after the edits: only the parts that change are written, all others are kept.

        First all rows of the samples in `deletes` go, those that there are. Then each row of `upserts` takes
        the place of the row with its key, or is inserted; columns that it lacks stay as they are.

        Raises:
            InvalidInputError, CapacityError, UnavailableError: as in `write`.
            CorruptionError: a part that must be read is damaged.
        """
        if table.key != schema.key:
            raise InvalidInputError(
                f"table {schema.name} has key {table.key}, not {schema.key}; write it anew"
            )
        known = {**schema.columns, **table.columns}
        with ExitStack() as stack:
            new = stack.enter_context(Spill(self._scratch, key=table.key))
            gone = stack.enter_context(Spill(self._scratch, key=(SAMPLE_ID,)))
            for batch in upserts:
                new.add(conform(batch, table=schema.name, key=table.key, columns=known))
            for batch in _id_batches(deletes):
                gone.add(batch)
            found = {name: kind for name, kind in new.columns.items() if not pa.types.is_null(kind)}
            edited = TableRef(key=table.key, columns={**known, **found}, parts=table.parts)
            edit = PendingEdit(self._blobs, edited, upserts=new, deletes=gone)
            cells = pending_cells(edit, limit=self._part_rows)
            parts = [
                part
                for prefix, leaf in leaves(cells, limit=self._part_rows)
                for part in self._write_leaf(prefix, leaf, edit)
            ]
        return TableRef(
            key=edited.key, columns=edited.columns, parts=tuple(sorted(parts, key=lambda part: part.prefix))
        )

    def _write_leaf(self, prefix: str, cells: list[Pending], edit: PendingEdit) -> Iterator[Part]:
        if len(cells) == 1 and (kept := cells[0].unchanged_part()):
            yield moved(kept, prefix)
            return
        rows = concat([cell.take_rows() for cell in cells])
        ids = fixed_bytes(rows[SAMPLE_ID])
        for bits, start, stop in split(prefix, ids, limit=self._part_rows):
            piece = rows.slice(start, stop - start)
            content = content_digest(piece)
            if same := edit.stored_part(content):
                yield moved(same, bits)
            else:
                yield write_part(self._blobs, bits, content, piece)
                self.num_parts_written += 1


def _id_batches(ids: Iterable[SampleId]) -> Iterator[pa.RecordBatch]:
    remaining = iter(ids)
    while chunk := list(islice(remaining, _BATCH_ROWS)):
        for one in chunk:
            if len(one) != SAMPLE_ID_BYTES:
                raise InvalidInputError(f"{one.hex()} is no sample id; give its {SAMPLE_ID_BYTES} bytes")
        yield pa.RecordBatch.from_pydict({SAMPLE_ID: pa.array(chunk, pa.binary(SAMPLE_ID_BYTES))})
