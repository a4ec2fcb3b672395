"""Rows that wait in a file for their table: what a snapshot holds in memory doesn't grow with it."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Self

import pyarrow as pa


class Spool:
    """A file of batches that is gone when it is left; all have the columns of the first."""

    def __init__(self, scratch: Path) -> None:
        self._file = TemporaryFile(dir=scratch)  # noqa: SIM115 - closed by __exit__
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, rows: pa.RecordBatch) -> None:
        """Write rows."""
        if self._writer is None:
            self._writer = pa.ipc.new_stream(self._file, rows.schema)
        self._writer.write_batch(rows)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Everything that was added, any number of times; then no more can be."""
        if self._writer is not None:
            self._writer.close()
            self._file.seek(0)
            with pa.ipc.open_stream(self._file) as reader:
                yield from reader
