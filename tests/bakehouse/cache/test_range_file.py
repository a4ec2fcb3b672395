"""A stored object read like a file."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.cache.range_file import RangeFile
from bakehouse.errors import NotFoundError

DATA = bytes(range(100))
STEPS = st.tuples(
    st.sampled_from([(io.SEEK_SET, 0, 120), (io.SEEK_CUR, 0, 30), (io.SEEK_END, -100, 0)]).flatmap(
        lambda whence: st.tuples(st.integers(whence[1], whence[2]), st.just(whence[0]))
    ),
    st.integers(-1, 60),
)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> DirectoryStore:
    store = DirectoryStore(tmp_path_factory.mktemp("store") / "root")
    store.create()
    store.put("data", [DATA], size_bytes=len(DATA))
    return store


@settings(deadline=None)
@given(steps=st.lists(STEPS, max_size=6))
def test_it_reads_like_a_file(store: DirectoryStore, steps: list[tuple[tuple[int, int], int]]) -> None:
    ours, theirs = RangeFile(store, "data", len(DATA)), io.BytesIO(DATA)
    for (offset, whence), size in steps:
        assert ours.seek(offset, whence) == theirs.seek(offset, whence)
        assert ours.read(size) == theirs.read(size)
        assert ours.tell() == theirs.tell()


def test_it_is_readable_and_seekable_and_no_more(store: DirectoryStore) -> None:
    file = RangeFile(store, "data", len(DATA))
    assert (file.readable(), file.seekable(), file.writable()) == (True, True, False)


def test_an_object_that_is_gone_is_not_found(store: DirectoryStore) -> None:
    with pytest.raises(NotFoundError):
        RangeFile(store, "nothing", 10).read(1)
