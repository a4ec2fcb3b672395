"""A table joined to a listing by the names of files: what it says of one of them, out of a million rows.

Held in memory are 24 bytes a row; captions wait in a file.
"""

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Literal

import numpy as np

from bakehouse.blobs.blobs import Blobs
from bakehouse.dataset_config.entry import EntrySpec
from bakehouse.digest import parse_digest
from bakehouse.errors import InvalidInputError
from services.dataset.domain.rules import Size
from services.dataset.domain.sizes import IntArray
from services.dataset.domain.table_columns import (
    BrokenRow,
    TableColumns,
    TableRow,
    joined_columns,
    key_of_row,
    keys_of_file,
    read_rows,
)
from services.dataset.ports import Tables

_PARQUET = "parquet"
_NOWHERE = -1
_EDGE_BITS = 32
_EDGE = (1 << _EDGE_BITS) - 1
_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCounts:
    """The rows of a table: those with a name, those that have none, and those that can't be read."""

    named: int
    nameless: int
    broken: int


class TableJoin:
    """Finds rows by the names of listed files. Several rows of one name count together.

    Their captions are alternatives, and of sizes the last counts. Rows are told apart by Python's own hash of
    64 bits, which differs from process to process: nobody can aim at it.
    """

    def __init__(self, file: IO[bytes], *, includes_extension: bool) -> None:
        self._file = file
        self._includes_extension = includes_extension
        self._rows = _Rows.of([], [], [])
        self._nameless = self._broken = 0

    @property
    def counts(self) -> JoinCounts:
        """How many rows there are."""
        return JoinCounts(named=len(self._rows.hashes), nameless=self._nameless, broken=self._broken)

    def fill(self, rows: Iterable[TableRow | BrokenRow]) -> None:
        """Take all the rows, once, before anything is asked."""
        hashes, places, sizes = array("q"), array("q"), array("q")
        end = 0
        for row in rows:
            if isinstance(row, BrokenRow):
                self._broken += 1
            elif key := key_of_row(row.name, includes_extension=self._includes_extension):
                hashes.append(hash(key))
                places.append(end if row.captions else _NOWHERE)
                sizes.append(row.size.width << _EDGE_BITS | row.size.height if row.size else 0)
                if row.captions:
                    end += self._file.write(json.dumps([key, row.captions]).encode() + b"\n")
            else:
                self._nameless += 1
        self._rows = _Rows.of(hashes, places, sizes)

    def find(self, name: str) -> TableRow | None:
        """What the table says of the file `name` of a listing; None where it has no row."""
        for key in keys_of_file(name, includes_extension=self._includes_extension):
            if found := list(self._found(key)):
                return _together(key, found)
        return None

    def sizes(self, names: Sequence[str]) -> list[Size | None]:
        """The sizes that the table declares for files of a listing, as `find` gives them: many at once."""
        keys = [keys_of_file(name, includes_extension=self._includes_extension) for name in names]
        packed = self._rows.last_sizes([hash(first) for first, *_ in keys])
        return [
            _size(size) if size else self._size_of(name)
            for size, name in zip(packed.tolist(), names, strict=True)
        ]

    def _size_of(self, name: str) -> Size | None:
        row = self.find(name)
        return row.size if row else None

    def _found(self, key: str) -> Iterator[TableRow]:
        for place, size in self._rows.of_hash(hash(key)):
            if place == _NOWHERE:
                yield TableRow(name=key, size=_size(size))
                continue
            self._file.seek(place)
            name, captions = json.loads(self._file.readline())
            if name == key:  # another name may have the same hash
                yield TableRow(name=key, captions=tuple(captions), size=_size(size))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """Rows by hash: where their captions are in the file, and their sizes, packed, 0 for none."""

    hashes: IntArray
    places: IntArray
    sizes: IntArray

    @classmethod
    def of(cls, hashes: Sequence[int], places: Sequence[int], sizes: Sequence[int]) -> "_Rows":
        order = np.argsort(np.array(hashes, np.int64), kind="stable")
        columns = (np.array(column, np.int64)[order] for column in (hashes, places, sizes))
        return cls(**dict(zip(("hashes", "places", "sizes"), columns, strict=True)))

    def of_hash(self, own: int) -> Iterator[tuple[int, int]]:
        first, last = (int(np.searchsorted(self.hashes, own, side=side)) for side in _SIDES)
        return zip(self.places[first:last].tolist(), self.sizes[first:last].tolist(), strict=True)

    def last_sizes(self, wanted: Sequence[int]) -> IntArray:
        """The size of the last row of each hash; 0 where there is none."""
        asked = np.array(wanted, np.int64)
        if not len(self.hashes):
            return np.zeros(len(asked), np.int64)
        at = np.maximum(np.searchsorted(self.hashes, asked, side="right") - 1, 0)
        return np.where(self.hashes[at] == asked, self.sizes[at], 0)


@contextmanager
def join_table(
    tables: Tables, blobs: Blobs, table: str, columns: TableColumns, scratch: Path
) -> Iterator[TableJoin]:
    """The table of the digest `table`, ready to be asked.

    Raises:
        InvalidInputError: it is no table, lacks a column, or names no file.
        NotFoundError: it is not in the project.
    """
    with TemporaryFile(dir=scratch) as file:
        join = TableJoin(file, includes_extension=columns.includes_extension)
        with tables.open(blobs, parse_digest(table, field="table"), "", scratch) as opened:
            columns.found_in(opened.columns, what="the table")
            join.fill(read_rows(opened.rows(columns.names), columns))
        if not join.counts.named:
            raise InvalidInputError(
                f"the table names no file in {columns.filename!r}; name the column that does", field="parquet"
            )
        yield join


@contextmanager
def joined(
    tables: Tables, blobs: Blobs, entry: EntrySpec, scratch: Path, *, captions: bool = True
) -> Iterator[TableJoin | None]:
    """The table that an entry's captions or sizes are in, ready to be asked; None where it needs none.

    Without `captions` it is asked for sizes alone.

    Raises:
        InvalidInputError: there is none, or it can't be joined; the message names the entry.
        NotFoundError: it is not in the project.
    """
    wants_captions = captions and entry.caption_strategy == _PARQUET and not entry.only_instance_prompt
    wants_sizes = entry.metadata_backend == _PARQUET
    if entry.parquet is None or not (wants_captions or wants_sizes):
        yield None
        return
    columns = joined_columns(entry.parquet, captions=wants_captions, sizes=wants_sizes)
    with ExitStack() as stack:
        try:
            found = stack.enter_context(join_table(tables, blobs, entry.table, columns, scratch))
        except InvalidInputError as error:
            raise InvalidInputError(
                f"dataset {entry.id}: parquet: {error.message}", field="parquet"
            ) from error
        yield found


def _together(name: str, rows: list[TableRow]) -> TableRow:
    if len(rows) == 1:
        return rows[0]
    captions = tuple(dict.fromkeys(caption for row in rows for caption in row.captions))
    size = next((row.size for row in reversed(rows) if row.size), None)
    return TableRow(name=name, captions=captions, size=size)


def _size(packed: int) -> Size | None:
    return Size(width=packed >> _EDGE_BITS, height=packed & _EDGE) if packed else None
