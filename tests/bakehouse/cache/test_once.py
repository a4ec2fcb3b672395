from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.cache.once import Once
from bakehouse.cache.shards import IndexEntry, Tensor, write_shard
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import CorruptionError

ENCODER = digest_bytes(b"vae")


def key(number: int) -> Digest:
    return digest_bytes(str(number).encode())


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return Blobs(store, "p")


def once(blobs: Blobs, tmp_path: Path) -> Once[int]:
    return Once(blobs, kind="latent", encoder=ENCODER, scratch=tmp_path)


def computed(blobs: Blobs, *numbers: int) -> tuple[IndexEntry, ...]:
    rows = [(key(n), Tensor(dtype="U8", shape=(1,), data=bytes([n]))) for n in numbers]
    return write_shard(blobs, rows).entries


def items(*numbers: int) -> Iterator[tuple[Digest, int]]:
    return ((key(n), n) for n in numbers)


def test_only_what_is_unknown_is_asked_for_and_each_key_once(blobs: Blobs, tmp_path: Path) -> None:
    once(blobs, tmp_path).publish(computed(blobs, 1, 2))
    job = once(blobs, tmp_path)
    assert list(job.misses(items(1, 3, 2, 3, 4, 1))) == [3, 4]
    assert job.num_hits == 3


def test_hits_and_new_results_are_found_together(blobs: Blobs, tmp_path: Path) -> None:
    old = computed(blobs, 1, 2)
    once(blobs, tmp_path).publish(old)
    job = once(blobs, tmp_path)
    assert list(job.misses(items(1, 3))) == [3]
    new = computed(blobs, 3)
    found = once(blobs, tmp_path).locate(job.save_hits(), new)
    assert found.find([key(3), key(9), key(1), key(2)]) == [new[0], None, old[0], None]


def test_what_others_publish_meanwhile_changes_nothing(blobs: Blobs, tmp_path: Path) -> None:
    job = once(blobs, tmp_path)
    assert list(job.misses(items(1))) == [1]
    hits, new = job.save_hits(), computed(blobs, 1, 2)
    once(blobs, tmp_path).publish(computed(blobs, 1))
    assert once(blobs, tmp_path).locate(hits, new).find([key(1)]) == [new[0]]


def test_the_same_hits_are_the_same_blob(blobs: Blobs, tmp_path: Path) -> None:
    once(blobs, tmp_path).publish(computed(blobs, 1, 2, 3))
    one, other = once(blobs, tmp_path), once(blobs, tmp_path)
    assert not [*one.misses(items(1, 2, 3)), *other.misses(items(3, 1, 1, 2))]
    assert one.save_hits() == other.save_hits()


def test_without_items_there_is_nothing(blobs: Blobs, tmp_path: Path) -> None:
    job = once(blobs, tmp_path)
    assert not list(job.misses(items()))
    assert job.locate(job.save_hits(), ()).find([key(1)]) == [None]
    job.publish(())


def test_damaged_hits_are_said(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(CorruptionError, match="hits"):
        once(blobs, tmp_path).locate(blobs.put(b"no arrow at all"), ())
