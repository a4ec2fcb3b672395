"""Tables of a user: CSV, Parquet and JSON lines as rows of Python values, in flat memory.

Cells are given as they are; what they mean is `services/dataset/domain/cells.py`'s affair.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TextIO

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from services.dataset.domain.table_columns import BrokenRow, require_columns
from services.dataset.ports import Table

KINDS = ("csv", "parquet", "jsonl")

_MAX_FIELD = 1 << 20  # characters; more is a quote that was never closed
_MAX_LINE = 16 << 20  # bytes of JSON, letters of CSV
_MAX_DOCUMENT = 256 << 20  # bytes of one JSON array
_HEAD_ROWS = 1000  # that tell which columns JSON lines have
_BATCH_ROWS = 8192
_DELIMITERS = (",", "\t", ";", "|")
_ENCODING = "utf-8-sig"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MARK = b"\xef\xbb\xbf"


class FileTables:
    """Opens tables that are blobs, from a file of their own."""

    @contextmanager
    def open(self, blobs: Blobs, digest: Digest, kind: str, scratch: Path) -> Iterator[Table]:
        """See `services.dataset.ports.Tables`."""
        with TemporaryDirectory(dir=scratch) as folder:
            path = Path(folder, "table")
            blobs.fetch(digest, path)
            yield open_table(path, kind)


def open_table(path: Path, kind: str = "") -> Table:
    """A table that is a file; of the kind that its first bytes say where none is given.

    Raises:
        InvalidInputError: it is no such table.
    """
    kind = kind or _sniffed(path)
    if kind == "csv":
        return CsvTable(path)
    if kind == "jsonl":
        return JsonTable(path)
    if kind == "parquet":
        return ParquetTable(path)
    raise InvalidInputError(f"table of kind {kind!r}; give one of {', '.join(KINDS)}", field="format")


class CsvTable:
    """A text with a header; by commas, tabs, semicolons or bars, whichever its header has most of."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._delimiter = _delimiter(path)
        with path.open(encoding=_ENCODING, errors="replace", newline="") as file:
            header = next(self._reader(_lines(file)), [])
        self.columns = [name.strip() for name in header]
        if not any(self.columns):
            raise InvalidInputError("the CSV file has no header; name its columns in the first line")

    def rows(self, names: Sequence[str]) -> Iterator[tuple[object, ...] | BrokenRow]:
        """See `services.dataset.ports.Table`."""
        require_columns(names, self.columns, what="the CSV file")
        places = [self.columns.index(name) for name in names]
        # What is no UTF-8 comes as lone surrogates, which no cell's text may have.
        with self._path.open(encoding=_ENCODING, errors="surrogateescape", newline="") as file:
            reader = self._reader(_lines(file))
            next(reader, None)
            for number, fields in enumerate(_checked(reader), start=1):
                if len(fields) > len(self.columns):
                    yield BrokenRow(
                        number=number,
                        detail=f"row {number} has {len(fields)} fields for {len(self.columns)} columns; put "
                        "texts with commas in quotes",
                    )
                elif fields:
                    yield tuple(fields[place] or None if place < len(fields) else None for place in places)

    def _reader(self, lines: Iterator[str]) -> "_CsvReader":
        csv.field_size_limit(_MAX_FIELD)
        return csv.reader(lines, delimiter=self._delimiter)


class JsonTable:
    """An object a line, or one array of objects. What the first thousand have are its columns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        columns: dict[str, None] = {}
        for row in islice(self._objects(), _HEAD_ROWS):
            if isinstance(row, dict):
                columns |= dict.fromkeys(row)
        self.columns = list(columns)
        if not columns:
            raise InvalidInputError("the JSON lines have no objects; give one in each line")

    def rows(self, names: Sequence[str]) -> Iterator[tuple[object, ...] | BrokenRow]:
        """See `services.dataset.ports.Table`."""
        require_columns(names, self.columns, what="the JSON lines")
        for number, row in enumerate(self._objects(), start=1):
            if isinstance(row, dict):
                yield tuple(row.get(name) for name in names)
            else:
                yield BrokenRow(number=number, detail=f"row {number} is no JSON object; mend or drop it")

    def _objects(self) -> Iterator[object]:
        with self._path.open("rb") as file:
            if file.read(64).removeprefix(_MARK).lstrip().startswith(b"["):
                yield from _array(self._path)
                return
            file.seek(0)
            while line := file.readline(_MAX_LINE):
                if len(line) == _MAX_LINE:
                    raise InvalidInputError("a line of the JSON lines is over 16 MiB; write a row a line")
                if line.strip():
                    yield _parsed(line)


class ParquetTable:
    """A Parquet file; of a group of rows only the wanted columns are read, batch by batch."""

    def __init__(self, path: Path) -> None:
        # pyarrow costs an idle process 50 MiB
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._errors = (pa.ArrowException, OSError, ValueError)
        try:
            self._file = pq.ParquetFile(path, memory_map=True)
            self.columns = list(self._file.schema_arrow.names)
        except self._errors as error:
            raise InvalidInputError(f"the file is no Parquet: {_first_line(error)}") from error

    def rows(self, names: Sequence[str]) -> Iterator[tuple[object, ...] | BrokenRow]:
        """See `services.dataset.ports.Table`."""
        require_columns(names, self.columns, what="the Parquet file")
        if not names:
            raise InvalidInputError("no column of the table is named; say what it is read for")
        batches = self._file.iter_batches(batch_size=_BATCH_ROWS, columns=list(names))
        try:
            for batch in batches:
                yield from zip(*(batch[name].to_pylist() for name in names), strict=True)
        except self._errors as error:
            raise InvalidInputError(f"the Parquet file is damaged: {_first_line(error)}") from error


def _sniffed(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(64).removeprefix(_MARK).lstrip()
    if head.startswith(b"PAR1"):
        return "parquet"
    return "jsonl" if head[:1] in {b"{", b"["} else "csv"


def _lines(file: TextIO) -> Iterator[str]:
    """The lines of a text, none of which fills the memory."""
    while line := file.readline(_MAX_LINE):
        if len(line) == _MAX_LINE:
            raise InvalidInputError("a line of the CSV file is over 16 MiB; write a row a line")
        yield line


class _CsvReader(Protocol):
    def __iter__(self) -> "_CsvReader": ...
    def __next__(self) -> list[str]: ...


def _checked(reader: _CsvReader) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise InvalidInputError(
            f"the CSV file can't be read on: {error}; look for a quote that is not closed"
        ) from error


def _delimiter(path: Path) -> str:
    with path.open("rb") as start:
        if start.read(2) in _UTF16:
            raise InvalidInputError("the CSV file is UTF-16; save it as UTF-8")
    with path.open(encoding=_ENCODING, errors="replace", newline="") as file:
        head = file.readline(_MAX_FIELD)
    return max(_DELIMITERS, key=head.count)


def _array(path: Path) -> Iterator[object]:
    if path.stat().st_size > _MAX_DOCUMENT:
        raise InvalidInputError("a JSON array of over 256 MiB is not read; write a row a line (.jsonl)")
    found = _parsed(path.read_bytes())
    if not isinstance(found, list):
        raise InvalidInputError("the JSON file is damaged; write a row a line (.jsonl)")
    yield from found


def _parsed(data: bytes) -> object:
    try:
        found: object = json.loads(data.removeprefix(_MARK))
    except (ValueError, RecursionError):
        return None
    return found


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
