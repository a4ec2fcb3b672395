from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.blobs.write_behind import WriteBehind
from bakehouse.digest import digest_bytes
from bakehouse.errors import BakehouseError


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return Blobs(store, "p")


@pytest.mark.parametrize("most_bytes", [0, 5, 1 << 20])
def test_what_was_put_is_there_when_it_is_flushed(
    blobs: Blobs, threads: ThreadPoolExecutor, most_bytes: int
) -> None:
    behind = WriteBehind(blobs, threads, most_bytes=most_bytes)
    digests = [behind.put(b"%d" % number) for number in range(20)]
    behind.flush()
    assert [blobs.get(digest) for digest in digests] == [b"%d" % number for number in range(20)]
    assert digests[3] == digest_bytes(b"3")


def test_what_the_store_refuses_is_told_at_the_flush(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    (tmp_path / "store").write_bytes(b"no folder")
    behind = WriteBehind(Blobs(DirectoryStore(tmp_path / "store"), "p"), threads)
    behind.put(b"a")
    with pytest.raises(BakehouseError):
        behind.flush()
    behind.flush()  # it was told
