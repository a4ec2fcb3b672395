"""A part of the index: written in row groups, read by the few that are needed, damage noticed."""

import io
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.cache.index import entry_batches, key_array
from bakehouse.cache.index_part import ROW_GROUP_ROWS, IndexPart, write_part
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError, NotFoundError
from tests.bakehouse.cache.ledger import LedgerStore, entries

GROUPS = 5
KEYS = sorted(entry.key for entry in entries(range(GROUPS * ROW_GROUP_ROWS)))


@pytest.fixture(scope="session")
def data() -> bytes:
    """Five row groups, written in batches of other sizes."""
    rows = pa.Table.from_batches(entry_batches(entries(range(len(KEYS))))).sort_by("key")
    return written(rows.to_batches(1000), replaces=["b", "a"])


def written(batches: Iterable[pa.RecordBatch], replaces: Iterable[str] = ()) -> bytes:
    file = io.BytesIO()
    write_part(file, batches, replaces=replaces)
    return file.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> LedgerStore:
    store = LedgerStore(tmp_path / "store")
    store.create()
    store.reads = []
    return store


def stored(store: DirectoryStore, data: bytes) -> IndexPart:
    store.put("part", [data], size_bytes=len(data))
    return IndexPart(store, "part", len(data))


def test_a_footer_says_where_keys_are(store: LedgerStore, data: bytes) -> None:
    footer = stored(store, data).read_footer()
    assert [low.hex() for low in footer.lows] == KEYS[::ROW_GROUP_ROWS]
    assert [high.hex() for high in footer.highs] == KEYS[ROW_GROUP_ROWS - 1 :: ROW_GROUP_ROWS]
    assert footer.replaces == {"a", "b"}


def test_only_the_row_groups_of_the_wanted_keys_are_read(store: LedgerStore, data: bytes) -> None:
    part = stored(store, data)
    footer = part.read_footer()
    store.reads.clear()
    wanted = [KEYS[0], KEYS[1], KEYS[-1]]
    found = list(part.candidates(footer, key_array(wanted)))
    assert [(c.start, c.stop, c.rows.num_rows) for c in found] == [(0, 3, 2 * ROW_GROUP_ROWS)]
    assert sum(store.reads) < len(data) / 2


def test_keys_between_the_row_groups_cost_no_read(store: LedgerStore, data: bytes) -> None:
    part = stored(store, data)
    footer = part.read_footer()
    store.reads.clear()
    assert list(part.candidates(footer, key_array([Digest("0" * 64), Digest("f" * 64)]))) == []
    assert store.reads == []


def test_all_rows(store: LedgerStore, data: bytes) -> None:
    keys = [key for rows in stored(store, data).rows() for key in rows["key"].to_pylist()]
    assert [bytes(key or b"").hex() for key in keys] == KEYS


def test_a_key_is_written_once() -> None:
    rows = pa.Table.from_batches(entry_batches([*entries([1]), *entries([1], shard="other")]))
    assert pq.read_table(pa.BufferReader(written(rows.to_batches()))).num_rows == 1


@pytest.mark.parametrize("at", [5, 200_000, -10, -1])
def test_damage_is_noticed(store: LedgerStore, data: bytes, at: int) -> None:
    spoilt = bytearray(data)
    spoilt[at] ^= 0xFF
    with pytest.raises(CorruptionError, match="index part part is damaged"):
        list(stored(store, bytes(spoilt)).rows())


@pytest.mark.parametrize("other", [b"", b"PAR1", b"a picture"])
def test_what_is_no_part_is_refused(store: LedgerStore, other: bytes) -> None:
    with pytest.raises(CorruptionError):
        stored(store, other).read_footer()


def test_a_part_that_is_gone_is_not_found(blobs: Blobs) -> None:
    with pytest.raises(NotFoundError):
        IndexPart(blobs.store, "nothing", 100).read_footer()
