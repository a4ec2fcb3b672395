"""The index: what was added is found, however often, by whomever, and while parts are merged."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.blobs.port import ObjectInfo
from bakehouse.cache.index import KeyIndex, entry_batches, key_array
from bakehouse.cache.index_part import ROW_GROUP_ROWS
from bakehouse.cache.shards import IndexEntry
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import CorruptionError, InvalidInputError, UnavailableError
from tests.bakehouse.cache.ledger import LedgerStore, a_key, entries, entry

ENCODER = digest_bytes(b"vae")


def index_of(blobs: Blobs, kind: str = "latent", encoder: Digest = ENCODER) -> KeyIndex:
    return KeyIndex(blobs, kind=kind, encoder=encoder)


def add(blobs: Blobs, scratch: Path, found: Iterable[IndexEntry]) -> None:
    index_of(blobs).add(entry_batches(found), scratch=scratch)


def parts(blobs: Blobs) -> list[str]:
    return [info.key for info in blobs.store.list("kitchen/index/") if isinstance(info, ObjectInfo)]


def test_what_was_added_is_found(blobs: Blobs, tmp_path: Path) -> None:
    add(blobs, tmp_path, entries(range(10)))
    add(blobs, tmp_path, entries(range(10, 20)))
    found = index_of(blobs).find([a_key(3), a_key(13), a_key(99), a_key(3)])
    assert found == {a_key(3): entry(3), a_key(13): entry(13)}


def test_an_empty_index_knows_nothing(blobs: Blobs, tmp_path: Path) -> None:
    add(blobs, tmp_path, [])
    assert parts(blobs) == []
    assert index_of(blobs).find([a_key(1)]) == {}


def test_no_keys_have_no_answers(blobs: Blobs, tmp_path: Path) -> None:
    add(blobs, tmp_path, entries(range(3)))
    assert index_of(blobs).match(key_array([])).num_rows == 0


def test_a_scratch_folder_that_is_not_there_is_told(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="the scratch folder"):
        add(blobs, tmp_path / "nowhere", entries([1]))


def test_an_open_index_sees_what_is_added_later(blobs: Blobs, tmp_path: Path) -> None:
    index = index_of(blobs)
    assert index.find([a_key(1)]) == {}
    add(blobs, tmp_path, entries([1]))
    assert index.find([a_key(1)]) == {a_key(1): entry(1)}


def test_kinds_encoders_and_projects_are_apart(blobs: Blobs, tmp_path: Path) -> None:
    add(blobs, tmp_path, entries([1]))
    for other in (
        index_of(blobs, kind="text"),
        index_of(blobs, encoder=digest_bytes(b"other")),
        index_of(Blobs(blobs.store, "pantry")),
    ):
        assert other.find([a_key(1)]) == {}


def test_adding_again_in_another_order_changes_nothing(blobs: Blobs, tmp_path: Path) -> None:
    add(blobs, tmp_path, entries(range(5)))
    before = parts(blobs)
    add(blobs, tmp_path, reversed(entries(range(5))))
    assert parts(blobs) == before
    assert len(before) == 1


def test_answers_to_many_keys_are_in_their_order(blobs: Blobs, tmp_path: Path) -> None:
    count = 2 * ROW_GROUP_ROWS + 7
    for first in range(3):
        add(blobs, tmp_path, entries(range(first, count, 3)))
    asked = [count + 1, *range(count - 1, -1, -1), 5]
    rows = index_of(blobs).match(key_array(a_key(number) for number in asked))
    assert rows["row"].to_pylist() == [None, *asked[1:]]


def test_of_two_answers_the_same_one_is_given(blobs: Blobs, tmp_path: Path) -> None:
    for shard in ("one", "other"):
        add(blobs, tmp_path, entries(range(3), shard))
    first = parts(blobs)[0]
    found = index_of(blobs).find([a_key(1)])
    blobs.store.delete([parts(blobs)[1]])
    assert parts(blobs) == [first]
    assert index_of(blobs).find([a_key(1)]) == found


def test_a_merge_has_every_row_and_is_read_instead(tmp_path: Path) -> None:
    store = LedgerStore(tmp_path / "store")
    store.create()
    store.reads = []
    blobs = Blobs(store, "kitchen")
    for first in range(4):
        add(blobs, tmp_path, entries(range(first, 40, 4)))
    before = parts(blobs)
    index = index_of(blobs)
    index.merge_parts(scratch=tmp_path)
    assert set(before) < set(parts(blobs))
    index.find([])
    store.reads.clear()
    assert list(index.find([a_key(n) for n in range(40)]).values()) == entries(range(40))
    assert len(store.reads) == 1


def test_a_merge_of_a_merge(blobs: Blobs, tmp_path: Path) -> None:
    index = index_of(blobs)
    for number in range(3):
        add(blobs, tmp_path, entries([number]))
        index.merge_parts(scratch=tmp_path)
    assert len(index.find(a_key(n) for n in range(3))) == 3


def test_a_single_part_is_not_merged(blobs: Blobs, tmp_path: Path) -> None:
    add(blobs, tmp_path, entries([1]))
    before = parts(blobs)
    index_of(blobs).merge_parts(scratch=tmp_path)
    assert parts(blobs) == before


class SweptStore(DirectoryStore):
    """A store whose merged parts are swept away between one listing and the reading of what it listed."""

    doomed: tuple[str, ...] = ()

    def list(self, prefix: str, *, after: str = "", recursive: bool = True) -> Iterator[ObjectInfo | str]:
        doomed, self.doomed = self.doomed, ()
        for found in super().list(prefix, after=after, recursive=recursive):
            if not doomed or (isinstance(found, ObjectInfo) and found.key in doomed):
                yield found
        self.delete(doomed)


def test_a_reader_survives_a_merge_and_its_sweep(tmp_path: Path) -> None:
    store = SweptStore(tmp_path / "store")
    store.create()
    blobs = Blobs(store, "kitchen")
    for number in range(2):
        add(blobs, tmp_path, entries([number]))
    before = parts(blobs)
    index_of(blobs).merge_parts(scratch=tmp_path)
    store.doomed = tuple(before)
    assert len(index_of(blobs).find([a_key(0), a_key(1)])) == 2


def test_a_damaged_part_is_named(blobs: Blobs, tmp_path: Path) -> None:
    add(blobs, tmp_path, entries(range(3)))
    (key,) = parts(blobs)
    blobs.store.put(key, [b"a picture"], size_bytes=9)
    with pytest.raises(CorruptionError, match=key):
        index_of(blobs).find([a_key(1)])


def test_other_columns_are_refused(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="index entries have columns"):
        index_of(blobs).add([pa.RecordBatch.from_pydict({"key": ["x"]})], scratch=tmp_path)


@pytest.mark.parametrize(("kind", "encoder"), [("a/b", ENCODER), ("latent", Digest("vae"))])
def test_an_index_is_named_by_an_id_and_a_digest(blobs: Blobs, kind: str, encoder: Digest) -> None:
    with pytest.raises(InvalidInputError):
        index_of(blobs, kind, encoder)
