"""An external sort in one scratch file: rows in, in any order; out by the first byte of their key, sorted.

What is held is one run of rows, then the rows of the bytes that are read at a time. The file has no name: it
is gone with the process. It knows no manifest and no store.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import SEEK_END
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from bakehouse.blobs.disk import disk_error
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.columns import concat, fixed_bytes, no_rows, select

_RUN_BYTES = 32 << 20
_IN_MEMORY_BYTES = 4 << 20
_MANY = 1024
_BUCKETS = 256
# The scratch file is written and read once, by this process: cheap compression pays, a good one does not.
_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


class Spill:
    """Rows on their way from any order into that of `key`, whose first column is fixed-size binary."""

    def __init__(self, scratch: Path, *, key: Sequence[str], run_bytes: int = _RUN_BYTES) -> None:
        self._key = list(key)
        self._run_bytes = run_bytes
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES, dir=str(scratch))  # noqa: SIM115 - see __exit__
        self._pieces: list[list[tuple[int, int]]] = [[] for _ in range(_BUCKETS)]
        self._counts = [0] * _BUCKETS
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_bytes = 0
        self._columns: dict[str, pa.DataType] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """The columns of the rows so far."""
        return self._columns

    def add(self, rows: pa.RecordBatch) -> None:
        """Take plain rows.

        Raises:
            InvalidInputError: their columns are not those of the rows before.
            CapacityError, UnavailableError: the scratch folder has no room, or is not there.
        """
        self._merge_columns(rows.schema)
        self._waiting.append(rows)
        if len(self._waiting) == _MANY:  # a thousand batches of a row weigh more than a thousand rows
            self._waiting = [self._joined()]
        self._waiting_bytes += rows.nbytes
        if self._waiting_bytes >= self._run_bytes:
            self._flush()

    def count(self, first: int, last: int) -> int:
        """How many rows have a key that begins with a byte from `first` to `last`."""
        self._flush()
        return sum(self._counts[first : last + 1])

    def read(self, first: int, last: int) -> pa.RecordBatch:
        """The rows whose key begins with a byte from `first` to `last`, sorted by key."""
        self._flush()
        runs = [self._load(piece) for bucket in self._pieces[first : last + 1] for piece in bucket]
        if not runs:
            return no_rows(self._columns)
        rows = concat([select(run, self._columns) for run in runs])
        return rows.sort_by([(name, "ascending") for name in self._key])

    def _merge_columns(self, schema: pa.Schema) -> None:
        if self._columns and set(schema.names) != self._columns.keys():
            odd = sorted(set(schema.names) ^ self._columns.keys())
            raise InvalidInputError(f"columns {odd} are in some of the rows only; give all rows the same")
        for field in schema:
            known = self._columns.setdefault(field.name, field.type)
            if pa.types.is_null(known):
                self._columns[field.name] = field.type
            elif not pa.types.is_null(field.type) and field.type != known:
                raise InvalidInputError(
                    f"column {field.name} is {known} in some rows and {field.type} in others"
                )

    def _flush(self) -> None:
        """Write the waiting rows as one run: sorted, then a piece for each first byte."""
        if not self._waiting_bytes:
            return
        run = self._joined()
        self._waiting, self._waiting_bytes = [], 0
        run = run.take(pc.sort_indices(run[self._key[0]]))
        keys = run[self._key[0]]
        first_bytes = fixed_bytes(keys)[:: keys.type.byte_width]
        start = 0
        while start < run.num_rows:
            bucket = first_bytes[start]
            stop = bisect_left(first_bytes, bucket + 1, start)
            self._write(bucket, run.slice(start, stop - start))
            start = stop

    def _joined(self) -> pa.RecordBatch:
        return concat([select(rows, self._columns) for rows in self._waiting])

    def _write(self, bucket: int, rows: pa.RecordBatch) -> None:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema, options=_OPTIONS) as stream:
            stream.write_batch(rows)
        data = sink.getvalue()
        with scratch_disk():
            offset = self._file.seek(0, SEEK_END)
            self._file.write(data)
        self._pieces[bucket].append((offset, data.size))
        self._counts[bucket] += rows.num_rows

    def _load(self, piece: tuple[int, int]) -> pa.RecordBatch:
        offset, size = piece
        with scratch_disk():
            self._file.seek(offset)
            data = self._file.read(size)
        with pa.ipc.open_stream(data) as stream:
            return stream.read_next_batch()


@contextmanager
def scratch_disk() -> Iterator[None]:
    """What a process's own disk refuses, said in our words: `CapacityError` or `UnavailableError`."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, "sorting rows", place="the scratch folder") from error
