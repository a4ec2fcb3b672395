"""What is computed once: which of a job's results are known already, and where each of them is in the end.

A planner asks for the misses and keeps the hits with its plan; its finaliser puts hits and new results
together. So what a job gives is fixed by its plan and its results, whatever other jobs add meanwhile.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.index import KeyIndex, entry_batches, key_array
from bakehouse.cache.index_part import COLUMNS, SCHEMA
from bakehouse.cache.shards import IndexEntry
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError
from bakehouse.manifest.columns import concat, no_rows

T = TypeVar("T")

_CHUNK_ITEMS = 262_144


class Once(Generic[T]):
    """The results of one kind and encoder, for one job. `scratch` is a folder for files that may vanish."""

    def __init__(self, blobs: Blobs, *, kind: str, encoder: Digest, scratch: Path) -> None:
        self._blobs = blobs
        self._index = KeyIndex(blobs, kind=kind, encoder=encoder)
        self._scratch = scratch
        self._hits: list[pa.RecordBatch] = []
        self.num_hits = 0

    def misses(self, items: Iterable[tuple[Digest, T]]) -> Iterator[T]:
        """Of `items`, keys with whatever belongs to them, what belongs to those that are not known.

        Each unknown key counts once. `num_hits` grows by the items whose key is known; a second item with an
        unknown key is neither hit nor miss.

        Raises:
            CorruptionError: the index is damaged.
        """
        remaining = iter(items)
        planned: set[bytes] = set()
        while chunk := list(islice(remaining, _CHUNK_ITEMS)):
            keys = key_array(key for key, _ in chunk)
            found = self._index.match(keys)
            is_known = found["shard"].is_valid()
            self._keep(pa.RecordBatch.from_arrays([keys, *found.columns], schema=SCHEMA).filter(is_known))
            for (key, payload), known in zip(chunk, is_known.to_pylist(), strict=True):
                if not known and (plain := bytes.fromhex(key)) not in planned:
                    planned.add(plain)
                    yield payload

    def save_hits(self) -> Digest:
        """Store what is known, for the finaliser; to be called when `misses` is at its end."""
        hits = _first_of_each_key(concat([no_rows(COLUMNS), *self._hits]))
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, SCHEMA) as writer:
            writer.write_batch(hits)
        return self._blobs.put(sink.getvalue().to_pybytes())

    def locate(self, hits: Digest, entries: Iterable[IndexEntry]) -> "Locations":
        """Where everything is: the hits that were kept with the plan, then what the job computed.

        Raises:
            NotFoundError, CorruptionError: the hits are not there, or damaged.
        """
        try:
            with pa.ipc.open_stream(self._blobs.get(hits)) as reader:
                known = [*reader]
        except pa.ArrowInvalid as error:
            raise CorruptionError(f"blob {hits} has no hits; bake again") from error
        return Locations(concat([no_rows(COLUMNS), *known, *entry_batches(entries)]))

    def publish(self, entries: Iterable[IndexEntry]) -> None:
        """Let all jobs from now on find what this one computed. The same again changes nothing."""
        self._index.add(entry_batches(entries), scratch=self._scratch)

    def _keep(self, rows: pa.RecordBatch) -> None:
        self.num_hits += rows.num_rows
        if rows.num_rows:
            self._hits.append(rows)


class Locations:
    """Where the tensors of a job are, by their keys."""

    def __init__(self, rows: pa.RecordBatch) -> None:
        self._rows = rows

    def find(self, keys: Iterable[Digest]) -> list[IndexEntry | None]:
        """The entry of each key, None where there is none (it failed, say)."""
        asked = list(keys)
        place = pc.index_in(key_array(asked), self._rows["key"])
        rows = self._rows.select(["shard", "row", "crc32c"]).take(place).to_pylist()
        return [
            None
            if row["shard"] is None
            else IndexEntry(key=key, shard=Digest(row["shard"].hex()), row=row["row"], crc32c=row["crc32c"])
            for key, row in zip(asked, rows, strict=True)
        ]


def _first_of_each_key(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Sorted by key, so that the same hits are the same blob."""
    ordered = rows.sort_by([("key", "ascending"), ("shard", "ascending"), ("row", "ascending")])
    keys = ordered["key"]
    is_first = pc.equal(pc.index_in(keys, keys), pa.array(range(len(keys)), pa.int32()))
    return ordered.filter(is_first)
