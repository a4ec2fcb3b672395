"""Rows that wait in a file for their table: what a snapshot holds in memory doesn't grow with it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from os import SEEK_END
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Self

_LINE_ROWS = 1024  # many rows a line: one by one takes twice as long


class Spool:
    """A file of rows that is gone when it is left."""

    def __init__(self, scratch: Path) -> None:
        self._file = TemporaryFile(dir=scratch)  # noqa: SIM115 - closed by __exit__
        self._waiting: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write rows; `sample_id` is bytes in them."""
        self._waiting += ({**row, "sample_id": row["sample_id"].hex()} for row in rows)
        if len(self._waiting) >= _LINE_ROWS:
            self._flush()

    def rows(self) -> Iterator[dict[str, object]]:
        """Everything that was added."""
        self._flush()
        self._file.seek(0)
        for line in self._file:
            for row in json.loads(line):
                row["sample_id"] = bytes.fromhex(row["sample_id"])
                yield row

    def _flush(self) -> None:
        self._file.seek(0, SEEK_END)
        self._file.write(json.dumps(self._waiting).encode() + b"\n")
        self._waiting = []
