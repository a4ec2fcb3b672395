"""Where cached results are: `key -> shard, row, checksum`, by kind and encoder. Nothing in it is made again.

Parts lie in the store below `<project>/index/<kind>/<encoder>/`, named by their digest: written once, when a
job is done, and never changed. Several may hold a key; the one whose name sorts first answers.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import CHUNK_BYTES, ObjectInfo
from bakehouse.cache.index_part import (
    COLUMNS,
    KEY_BYTES,
    SCHEMA,
    Candidates,
    IndexPart,
    PartFooter,
    write_part,
)
from bakehouse.cache.shards import IndexEntry
from bakehouse.digest import Digest, digest_chunks, parse_digest
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.ids import parse_id
from bakehouse.manifest.columns import Array, call, concat, no_rows
from bakehouse.manifest.spill import Spill, scratch_disk

_BATCH_ROWS = 65_536
_TRIES = 3  # a part may be swept away between listing and reading; what took its place is in the next listing
_SUFFIX = ".parquet"
_RESULT = ["shard", "row", "crc32c"]
_NOTHING = no_rows({**{name: COLUMNS[name] for name in _RESULT}, "at": pa.uint64()})


class KeyIndex:
    """The index of one kind and encoder. Any number of processes may have it; not for many threads."""

    def __init__(self, blobs: Blobs, *, kind: str, encoder: Digest) -> None:
        """Nothing is read yet.

        Raises:
            InvalidInputError: the kind is no id, or the encoder no digest.
        """
        kind, encoder = parse_id(kind, field="kind"), parse_digest(encoder, field="encoder")
        self._store = blobs.store
        self._prefix = f"{blobs.project}/index/{kind}/{encoder}/"
        self._footers: dict[str, PartFooter] = {}

    def add(self, entries: Iterable[pa.RecordBatch], *, scratch: Path) -> None:
        """Make `entries`, batches as of `entry_batches` in any order, findable by whoever looks from now on.

        They become one part. Adding the same again changes nothing.

        Raises:
            InvalidInputError: a batch has other columns.
            CapacityError, UnavailableError: the scratch folder or the store has no room, or is not there.
        """
        self._write(entries, scratch=scratch, replaces=())

    def find(self, keys: Iterable[Digest]) -> dict[Digest, IndexEntry]:
        """What is known of a few keys.

        Raises:
            CorruptionError: a part is damaged.
        """
        asked = list(dict.fromkeys(keys))
        rows = self.match(key_array(asked)).to_pylist()
        return {
            key: IndexEntry(key=key, shard=Digest(row["shard"].hex()), row=row["row"], crc32c=row["crc32c"])
            for key, row in zip(asked, rows, strict=True)
            if row["shard"] is not None
        }

    def match(self, keys: Array) -> pa.RecordBatch:
        """What is known of many keys, an array as of `key_array`: a row for each, of nulls where unknown.

        The parts are streamed; what is held is about 300 bytes for each of `keys`.

        Raises:
            CorruptionError: a part is damaged.
        """
        for _ in range(_TRIES - 1):
            try:
                return self._match(keys)
            except NotFoundError:
                continue
        return self._match(keys)

    def merge_parts(self, *, scratch: Path) -> None:
        """Write one part with the rows of all, which readers then read instead.

        The others stay, for readers that are at them; sweeping them away later disturbs nobody.

        Raises:
            CorruptionError: a part is damaged.
        """
        parts = [part for part, _ in self._live_parts()]
        if len(parts) > 1:
            rows = (batch for part in parts for batch in part.rows())
            self._write(rows, scratch=scratch, replaces=[part.key for part in parts])

    def _write(self, entries: Iterable[pa.RecordBatch], *, scratch: Path, replaces: Iterable[str]) -> None:
        with Spill(scratch, key=list(COLUMNS)) as spill:
            for batch in entries:
                if batch.schema != SCHEMA:
                    raise InvalidInputError(f"index entries have columns {batch.schema}; make them {SCHEMA}")
                spill.add(batch)
            if spill.count(0, 255):
                with scratch_disk(), TemporaryFile(dir=scratch) as file:
                    write_part(file, (spill.read(byte, byte) for byte in range(256)), replaces=replaces)
                    self._upload(file)

    def _upload(self, file: IO[bytes]) -> None:
        size_bytes = file.tell()
        chunks = partial(file.read, CHUNK_BYTES)
        file.seek(0)
        key = f"{self._prefix}{digest_chunks(iter(chunks, b''))}{_SUFFIX}"
        if self._store.stat(key) is None:
            file.seek(0)
            self._store.put(key, iter(chunks, b""), size_bytes=size_bytes)

    def _live_parts(self) -> list[tuple[IndexPart, PartFooter]]:
        """The parts that no other part replaces, sorted by name."""
        infos = [entry for entry in self._store.list(self._prefix) if isinstance(entry, ObjectInfo)]
        parts = [IndexPart(self._store, info.key, info.size_bytes) for info in infos]
        self._footers = {part.key: self._footers.get(part.key) or part.read_footer() for part in parts}
        replaced = {key for footer in self._footers.values() for key in footer.replaces}
        return [(part, self._footers[part.key]) for part in parts if part.key not in replaced]

    def _match(self, keys: Array) -> pa.RecordBatch:
        order = call("array_sort_indices", keys)
        wanted = keys.take(order)
        parts = self._live_parts()
        candidates = (found for part, footer in parts for found in part.candidates(footer, wanted))
        hits = concat([_NOTHING, *(_hits(wanted, found) for found in _gathered(candidates))])
        # Of several hits for one key `index_in` takes the first.
        place = pc.index_in(pa.array(range(len(keys)), pa.uint64()), order.take(hits["at"]))
        return hits.select(_RESULT).take(place)


def key_array(keys: Iterable[Digest]) -> Array:
    """Keys as `KeyIndex.match` takes them: 32 bytes each."""
    return pa.array([bytes.fromhex(key) for key in keys], pa.binary(KEY_BYTES))


def entry_batches(entries: Iterable[IndexEntry]) -> Iterator[pa.RecordBatch]:
    """Entries as `KeyIndex.add` takes them."""
    remaining = iter(entries)
    while chunk := list(islice(remaining, _BATCH_ROWS)):
        yield pa.RecordBatch.from_arrays(
            [
                key_array(entry.key for entry in chunk),
                key_array(entry.shard for entry in chunk),
                pa.array([entry.row for entry in chunk], pa.int32()),
                pa.array([entry.crc32c for entry in chunk], pa.uint32()),
            ],
            schema=SCHEMA,
        )


def _gathered(candidates: Iterable[Candidates]) -> Iterator[Candidates]:
    """The same, those of small parts together: looking a million keys up in ten rows would not pay."""
    waiting: list[Candidates] = []
    num_rows = 0
    for found in candidates:
        waiting.append(found)
        num_rows += found.rows.num_rows
        if num_rows >= _BATCH_ROWS:
            yield _together(waiting)
            waiting, num_rows = [], 0
    if waiting:
        yield _together(waiting)


def _together(candidates: Sequence[Candidates]) -> Candidates:
    return Candidates(
        start=min(found.start for found in candidates),
        stop=max(found.stop for found in candidates),
        rows=concat([found.rows for found in candidates]),
    )


def _hits(wanted: Array, found: Candidates) -> pa.RecordBatch:
    """The rows that answer a key of `wanted`, and `at` which place it has there."""
    row = pc.index_in(wanted[found.start : found.stop], found.rows["key"])
    at = pc.add(call("indices_nonzero", row.is_valid()), pa.scalar(found.start, pa.uint64()))
    return found.rows.select(_RESULT).take(row.drop_null()).append_column("at", at)
