"""An edit under way, seen as cells of the trie: the rows that each will have, computed when asked for."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import pyarrow as pa

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.manifest.columns import no_rows, select
from bakehouse.manifest.cut import span_of
from bakehouse.manifest.edits import apply_edits, refuse_duplicates
from bakehouse.manifest.parts import read_part, rows_of
from bakehouse.manifest.spill import Spill
from bakehouse.manifest.table import Part, TableRef

_SPILL_BITS = 8  # a spill finds rows by the first byte of their id


class PendingEdit:
    """A stored table and the edits to it. `table` has the old parts and the new columns."""

    def __init__(self, blobs: Blobs, table: TableRef, *, upserts: Spill, deletes: Spill) -> None:
        self.table = table
        self._upserts = upserts
        self._deletes = deletes
        self._by_content = {part.content: part for part in table.parts}
        by_prefix = {part.prefix: part for part in table.parts}
        # Cells come in the order of ids: one part and one stretch of each spill serve all that lie in them.
        self._read_part = lru_cache(maxsize=1)(
            lambda prefix: read_part(blobs, by_prefix[prefix], table.columns)
        )
        self._read_upserts = lru_cache(maxsize=1)(upserts.read)
        self._read_deletes = lru_cache(maxsize=1)(deletes.read)

    def stored_part(self, content: Digest) -> Part | None:
        """The part of the stored table that has these rows."""
        return self._by_content.get(content)

    def num_upserts(self, prefix: str) -> int:
        """How many rows are replaced or inserted below the node `prefix`."""
        if len(prefix) <= _SPILL_BITS:
            return self._upserts.count(*_first_bytes(prefix))
        return self._within(self._read_upserts, prefix).num_rows

    def touches(self, prefix: str) -> bool:
        """Whether any edit is below the node `prefix`."""
        if self.num_upserts(prefix):
            return True
        if len(prefix) <= _SPILL_BITS:
            return self._deletes.count(*_first_bytes(prefix)) > 0
        return self._within(self._read_deletes, prefix).num_rows > 0

    def rows(self, prefix: str, part: Part | None) -> pa.RecordBatch:
        """The rows below the node `prefix` after the edit; `part` is the stored one there, if any.

        Raises:
            InvalidInputError: two upserts have the same key.
        """
        upserts = self._within(self._read_upserts, prefix)
        refuse_duplicates(upserts, self.table.key)
        if part is None:
            return select(upserts, self.table.columns)
        base = rows_of(self._read_part(part.prefix), span_of(prefix))
        deletes = self._within(self._read_deletes, prefix)
        return apply_edits(base, upserts=upserts, deletes=deletes, key=self.table.key)

    def _within(self, read: Callable[[int, int], pa.RecordBatch], prefix: str) -> pa.RecordBatch:
        rows = read(*_first_bytes(prefix))
        if not rows.num_rows:
            return no_rows({name: self.table.columns[name] for name in self.table.key})
        return rows_of(rows, span_of(prefix))


class Pending:
    """A cell of the edited table."""

    def __init__(self, edit: PendingEdit, prefix: str, part: Part | None) -> None:
        self.prefix = prefix
        self._edit = edit
        self._part = part
        self._rows: pa.RecordBatch | None = None

    @property
    def num_rows(self) -> int:
        """How many rows the cell will have. They are kept if they had to be computed to know."""
        if kept := self.unchanged_part():
            return kept.num_rows
        if self._part is None:
            return self._edit.num_upserts(self.prefix)
        if self._rows is None:
            self._rows = self._edit.rows(self.prefix, self._part)
        return self._rows.num_rows

    def unchanged_part(self) -> Part | None:
        """The stored part that is this cell, if no edit touches it."""
        is_whole = self._part is not None and self._part.prefix == self.prefix
        return self._part if is_whole and not self._edit.touches(self.prefix) else None

    def take_rows(self) -> pa.RecordBatch:
        """The rows, which are forgotten here."""
        rows = self._rows if self._rows is not None else self._edit.rows(self.prefix, self._part)
        self._rows = None
        return rows


def pending_cells(edit: PendingEdit, *, limit: int) -> Iterator[Pending]:
    """Cells that cover every row of the table and every edit.

    They are the stored parts and the gaps between them, cut finer where more than `limit` upserts fall.
    """
    return _cells(edit, "", edit.table.parts, limit)


def _cells(edit: PendingEdit, prefix: str, parts: Sequence[Part], limit: int) -> Iterator[Pending]:
    """The cells below `prefix`; `parts` are those there, or the one that covers it."""
    is_covered = not parts or prefix.startswith(parts[0].prefix)
    if is_covered and (len(prefix) >= _SPILL_BITS or edit.num_upserts(prefix) <= limit):
        if parts or edit.touches(prefix):
            yield Pending(edit, prefix, parts[0] if parts else None)
        return
    zero = one = parts
    if not is_covered:
        middle = bisect_left(parts, "1", key=lambda part: part.prefix[len(prefix)])
        zero, one = parts[:middle], parts[middle:]
    yield from _cells(edit, prefix + "0", zero, limit)
    yield from _cells(edit, prefix + "1", one, limit)


def _first_bytes(prefix: str) -> tuple[int, int]:
    bits = prefix[:_SPILL_BITS]
    return int(bits.ljust(_SPILL_BITS, "0"), 2), int(bits.ljust(_SPILL_BITS, "1"), 2)
