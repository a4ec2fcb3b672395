"""Parts as Parquet blobs, one in memory at a time. Which rows make a part is for `cut` to say."""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError
from bakehouse.manifest.columns import concat, fixed_bytes, select
from bakehouse.manifest.cut import Span, rows_within
from bakehouse.manifest.schema import SAMPLE_ID, STATE
from bakehouse.manifest.table import Part


def write_part(blobs: Blobs, prefix: str, content: Digest, rows: pa.RecordBatch) -> Part:
    """Store `rows`, sorted and in plain form, as the part `prefix`.

    Args:
        blobs: where to.
        prefix: the bits that all ids begin with.
        content: the content digest of `rows`.
        rows: at least one.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_batches([rows]), sink, compression="zstd")
    data = sink.getvalue()
    return Part(
        prefix=prefix,
        num_rows=rows.num_rows,
        states=_count_states(rows),
        content=content,
        blob=blobs.put(data.to_pybytes()),
        size_bytes=data.size,
    )


def read_part(blobs: Blobs, part: Part, columns: Mapping[str, pa.DataType]) -> pa.RecordBatch:
    """`columns` of the rows of `part`, sorted by key; its bytes are verified first.

    Raises:
        NotFoundError: the blob is not there.
        CorruptionError: the blob is damaged, or does not hold the rows that the manifest speaks of.
    """
    data = blobs.get(part.blob)
    try:
        with pq.ParquetFile(pa.BufferReader(data)) as file:
            if file.metadata.num_rows != part.num_rows:
                raise CorruptionError(
                    f"blob {part.blob} has not the {part.num_rows} rows of part {part.prefix!r}"
                )
            wanted = [name for name in columns if name in file.schema_arrow.names]
            return select(concat(file.read(columns=wanted).to_batches()), columns)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CorruptionError(
            f"blob {part.blob} is no part of a table with columns {list(columns)}"
        ) from error


def rows_of(rows: pa.RecordBatch, span: Span) -> pa.RecordBatch:
    """Those of `rows`, sorted by key, whose ids are in `span`."""
    start, stop = rows_within(fixed_bytes(rows[SAMPLE_ID]), span)
    return rows.slice(start, stop - start)


def _count_states(rows: pa.RecordBatch) -> dict[str, int]:
    if STATE not in rows.schema.names:
        return {}
    return dict(sorted(Counter(str(state) for state in rows[STATE].drop_null().to_pylist()).items()))
