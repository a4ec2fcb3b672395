"""Rows as a Parquet file for others to read: a few thousand are held at a time."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_GROUP_ROWS = 4096


@contextmanager
def parquet_rows(path: Path) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Takes rows of the same columns for the file `path`; it is whole when this is left.

    The columns and their types are those of the first few thousand rows.
    """
    waiting: list[Mapping[str, Any]] = []
    schema: pa.Schema | None = None
    with ExitStack() as stack:
        writer: pq.ParquetWriter | None = None

        def flush() -> None:
            nonlocal schema, writer
            table = pa.Table.from_pylist([dict(row) for row in waiting], schema=schema)
            if writer is None:
                schema = table.schema
                writer = stack.enter_context(pq.ParquetWriter(path, schema, compression="zstd"))
            writer.write_table(table)
            waiting.clear()

        def add(row: Mapping[str, Any]) -> None:
            waiting.append(row)
            if len(waiting) == _GROUP_ROWS:
                flush()

        yield add
        if waiting:
            flush()
