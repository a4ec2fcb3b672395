"""One part of the index: a Parquet object of rows sorted by key, in row groups small enough to read alone."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from json import dumps, loads
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from bakehouse.blobs.port import ObjectStore
from bakehouse.cache.range_file import RangeFile
from bakehouse.errors import CorruptionError
from bakehouse.manifest.columns import Array, call, concat, fixed_bytes, no_rows

KEY_BYTES = 32
ROW_GROUP_ROWS = 4096
# Where a result is: the shard's blob, its row there, and the CRC-32C of that row.
COLUMNS: Mapping[str, pa.DataType] = {
    "key": pa.binary(KEY_BYTES),
    "shard": pa.binary(32),
    "row": pa.int32(),
    "crc32c": pa.uint32(),
}
SCHEMA = pa.schema(list(COLUMNS.items()))

_GROUPS_AT_ONCE = 16
_REPLACES = "bakehouse.replaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFooter:
    """What the end of a part says. `lows` and `highs` are the first and last key of each row group.

    `replaces` names the parts whose rows this one has too: they need not be read any more.
    """

    metadata: pq.FileMetaData
    lows: tuple[bytes, ...]
    highs: tuple[bytes, ...]
    replaces: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Rows that may answer some of the wanted keys: those from place `start` up to, not with, `stop`."""

    start: int
    stop: int
    rows: pa.RecordBatch


def write_part(file: IO[bytes], batches: Iterable[pa.RecordBatch], *, replaces: Iterable[str]) -> None:
    """Write rows to `file`, which stays open.

    Args:
        file: where to.
        batches: of `SCHEMA`, sorted by key; no key is in two of them. Of rows with one key the first counts.
        replaces: see `PartFooter`.
    """
    schema = SCHEMA.with_metadata({_REPLACES: dumps(sorted(replaces))})
    with pq.ParquetWriter(
        file,
        schema,
        compression="zstd",
        use_dictionary=["shard"],  # type: ignore[arg-type]  # the stubs know only all or none
        write_statistics=["key"],
        write_page_checksum=True,
    ) as writer:
        for group in _groups(batches):
            writer.write_batch(group.cast(schema), row_group_size=ROW_GROUP_ROWS)


class IndexPart:
    """A stored part, read by range. Nothing is read before it is asked for. Not for many threads."""

    def __init__(self, store: ObjectStore, key: str, size_bytes: int) -> None:
        self.key = key
        self._store = store
        self._size_bytes = size_bytes

    def read_footer(self) -> PartFooter:
        """Read the footer: one request, or two of a long one.

        Raises:
            NotFoundError: the part is gone.
            CorruptionError: it is damaged.
        """
        with self._opened(None) as file:
            metadata = file.metadata
            groups = [metadata.row_group(at).column(0).statistics for at in range(metadata.num_row_groups)]
            bounds = [(bytes(group.min or b""), bytes(group.max or b"")) for group in groups if group]
            if metadata.metadata is None or len(bounds) != len(groups):
                raise CorruptionError(f"{self.key} is no part of an index; remove it")
            return PartFooter(
                metadata=metadata,
                lows=tuple(low for low, _ in bounds),
                highs=tuple(high for _, high in bounds),
                replaces=frozenset(loads(metadata.metadata[_REPLACES.encode()])),
            )

    def rows(self) -> Iterator[pa.RecordBatch]:
        """All rows, some row groups at a time.

        Raises:
            NotFoundError, CorruptionError: as `read_footer`.
        """
        with self._opened(None) as file:
            for first in range(0, file.num_row_groups, _GROUPS_AT_ONCE):
                yield _read(file, range(first, min(first + _GROUPS_AT_ONCE, file.num_row_groups)))

    def candidates(self, footer: PartFooter, wanted: Array) -> Iterator[Candidates]:
        """The row groups that may have any of `wanted`, which is sorted; others are not read.

        Raises:
            NotFoundError, CorruptionError: as `read_footer`.
        """
        places, keys = range(len(wanted)), fixed_bytes(wanted)

        def key_at(place: int) -> bytes:
            return bytes(keys[place * KEY_BYTES : (place + 1) * KEY_BYTES])

        spans = [
            (bisect_left(places, low, key=key_at), bisect_right(places, high, key=key_at))
            for low, high in zip(footer.lows, footer.highs, strict=True)
        ]
        needed = [group for group, (start, stop) in enumerate(spans) if start < stop]
        if not needed:
            return
        with self._opened(footer.metadata) as file:
            for first in range(0, len(needed), _GROUPS_AT_ONCE):
                groups = needed[first : first + _GROUPS_AT_ONCE]
                start, stop = spans[groups[0]][0], spans[groups[-1]][1]
                yield Candidates(start=start, stop=stop, rows=_read(file, groups))

    @contextmanager
    def _opened(self, metadata: pq.FileMetaData | None) -> Iterator[pq.ParquetFile]:
        try:
            source = pa.PythonFile(RangeFile(self._store, self.key, self._size_bytes), mode="r")
            with pq.ParquetFile(
                source, metadata=metadata, pre_buffer=True, page_checksum_verification=True
            ) as file:
                yield file
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            raise CorruptionError(f"index part {self.key} is damaged; remove it") from error


def _read(file: pq.ParquetFile, groups: Iterable[int]) -> pa.RecordBatch:
    return concat(file.read_row_groups(list(groups)).to_batches()).cast(SCHEMA)


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows, each key once, in batches of whole row groups but for the last."""
    waiting = no_rows(COLUMNS)
    for batch in batches:
        waiting = concat([waiting, _first_of_each_key(batch)])
        whole = waiting.num_rows // ROW_GROUP_ROWS * ROW_GROUP_ROWS
        if whole:
            yield waiting.slice(0, whole)
            waiting = waiting.slice(whole)
    if waiting.num_rows:
        yield waiting


def _first_of_each_key(rows: pa.RecordBatch) -> pa.RecordBatch:
    keys = rows["key"]
    is_new = [pa.array([True] * min(len(keys), 1), pa.bool_()), call("not_equal", keys[1:], keys[:-1])]
    return rows.filter(pa.concat_arrays(is_new))
