"""Reads a table in the order of its key, a part at a time: all or a span of ids, all columns or some."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

import pyarrow as pa

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.columns import no_rows
from bakehouse.manifest.cut import EVERY_ID, Span, span_of
from bakehouse.manifest.parts import read_part, rows_of
from bakehouse.manifest.table import Part, TableRef


class TableReader:
    """One table, read forward; it holds the part that it read last. Not for many threads."""

    def __init__(self, blobs: Blobs, table: TableRef, *, columns: Iterable[str] | None = None) -> None:
        """Read `columns` (all where None) and, before them, the key.

        Raises:
            InvalidInputError: the table has no such column.
        """
        names = list(dict.fromkeys([*table.key, *(table.columns if columns is None else columns)]))
        if missing := sorted(set(names) - table.columns.keys()):
            raise InvalidInputError(f"the table has no columns {missing}; it has {sorted(table.columns)}")
        self.columns = {name: table.columns[name] for name in names}
        self._parts = table.parts
        self._lows = [span_of(part.prefix).low for part in table.parts]
        types = self.columns
        self._read = lru_cache(maxsize=1)(lambda at: read_part(blobs, table.parts[at], types))

    def batches(self, span: Span = EVERY_ID) -> Iterator[pa.RecordBatch]:
        """The rows of `span` in the order of the key, a batch a part.

        Raises:
            NotFoundError, CorruptionError: a part is not there, or damaged; its bytes are checked when its
                turn comes.
        """
        for at, part in enumerate(self._parts):
            own = span_of(part.prefix)
            if own.low < span.high and span.low < own.high:
                rows = rows_of(self._read(at), span)
                if rows.num_rows:
                    yield rows

    def part_at(self, stretch: Span) -> Part | None:
        """The part that `stretch`, one of `stretches`, lies in."""
        at = self._place_of(stretch)
        return None if at is None else self._parts[at]

    def rows_at(self, stretch: Span) -> pa.RecordBatch:
        """The rows of `stretch`, one of `stretches`; asked for in order, each part is read once.

        Raises:
            NotFoundError, CorruptionError: as `batches`.
        """
        at = self._place_of(stretch)
        return no_rows(self.columns) if at is None else rows_of(self._read(at), stretch)

    def _place_of(self, stretch: Span) -> int | None:
        at = bisect_right(self._lows, stretch.low) - 1
        return at if at >= 0 and stretch.low < span_of(self._parts[at].prefix).high else None


def stretches(tables: Iterable[TableRef]) -> Iterator[Span]:
    """Spans of ids, in order, each of which lies in one part of each table or between its parts.

    They are as fine as the finest cut, so that what is aligned by them needs a part of each table at most.
    """
    spans = [span_of(part.prefix) for table in tables for part in table.parts]
    for low, high in pairwise(sorted({bound for span in spans for bound in (span.low, span.high)})):
        yield Span(low=low, high=high)
