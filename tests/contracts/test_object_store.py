"""What every driver of the object store keeps, against a folder and a real SeaweedFS."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.blobs.port import CHUNK_BYTES, ObjectInfo, ObjectStore
from bakehouse.blobs.signing import UrlSigner
from bakehouse.errors import InvalidInputError, NotFoundError
from tests.weed import running_weed

MANY_PARTS = 20_000_000
BAD_KEYS = [
    "",
    "/a",
    "a/",
    "a//b",
    "..",
    "a/../b",
    "A",
    "a b",
    ".hidden",
    "ä",
    "a\\b",
    "a\0",
    "x" * 201,
    "x/" * 256,
]


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "s3":
        return running_weed().store(token_hex(8))
    directory = DirectoryStore(tmp_path / "store", signer=UrlSigner(b"s" * 32, "http://127.0.0.1:1/blobs"))
    directory.create()
    return directory


def put(store: ObjectStore, key: str, data: bytes = b"x") -> None:
    store.put(key, [data], size_bytes=len(data))


def get(store: ObjectStore, key: str) -> bytes:
    return b"".join(store.read(key))


def names(entries: Iterable[ObjectInfo | str]) -> list[str]:
    return [entry if isinstance(entry, str) else entry.key for entry in entries]


def pattern(size_bytes: int) -> bytes:
    return (bytes(range(251)) * (size_bytes // 251 + 1))[:size_bytes]


def broken(data: bytes) -> Iterator[bytes]:
    yield data
    raise KeyError("the source broke")


@pytest.mark.parametrize("size_bytes", [0, 1, CHUNK_BYTES, 8 << 20, (8 << 20) + 1, MANY_PARTS])
def test_what_is_put_is_read(store: ObjectStore, size_bytes: int) -> None:
    put(store, "p/object", pattern(size_bytes))
    assert get(store, "p/object") == pattern(size_bytes)


def test_chunks_are_taken_from_an_iterator(store: ObjectStore) -> None:
    store.put("p/object", (b"%04d" % i for i in range(1000)), size_bytes=4000)
    assert get(store, "p/object") == b"".join(b"%04d" % i for i in range(1000))


def test_chunks_that_are_read_are_no_longer_than_promised(store: ObjectStore) -> None:
    put(store, "p/object", pattern(MANY_PARTS))
    assert max(len(chunk) for chunk in store.read("p/object")) <= CHUNK_BYTES


def test_a_second_put_replaces(store: ObjectStore) -> None:
    put(store, "p/object", b"old")
    put(store, "p/object", b"new and longer")
    assert get(store, "p/object") == b"new and longer"


@pytest.mark.parametrize("announced", [2, 4, 9_000_000])
def test_a_wrong_size_is_refused_and_leaves_the_old(store: ObjectStore, announced: int) -> None:
    put(store, "p/object", b"old")
    with pytest.raises(InvalidInputError, match="announced"):
        store.put("p/object", [b"abc"], size_bytes=announced)
    assert get(store, "p/object") == b"old"


def test_more_than_announced_is_refused_in_parts_too(store: ObjectStore) -> None:
    with pytest.raises(InvalidInputError, match="more"):
        store.put("p/object", [pattern(MANY_PARTS)], size_bytes=MANY_PARTS - 1)
    assert store.stat("p/object") is None


@pytest.mark.parametrize("size_bytes", [10, MANY_PARTS])
def test_an_error_of_the_source_passes_and_leaves_nothing(store: ObjectStore, size_bytes: int) -> None:
    with pytest.raises(KeyError, match="the source broke"):
        store.put("p/object", broken(pattern(size_bytes)), size_bytes=size_bytes + 1)
    assert list(store.list("")) == []


def test_an_error_of_the_disk_that_the_source_reads_is_no_error_of_the_store(store: ObjectStore) -> None:
    with pytest.raises(FileNotFoundError):
        store.put("p/object", (Path(name).read_bytes() for name in ["/nowhere"]), size_bytes=1)


def test_what_is_not_there_is_missed_at_the_call(store: ObjectStore) -> None:
    put(store, "p/folder/object")
    for key in ("p/nothing", "nowhere/nothing", "p/folder"):
        with pytest.raises(NotFoundError, match=key):
            store.read(key)


@pytest.mark.parametrize(
    ("start", "length"), [(0, None), (0, 5), (3, 4), (9, 1), (9, None), (10, None), (10, 0), (0, 0), (4, 0)]
)
def test_ranges(store: ObjectStore, start: int, length: int | None) -> None:
    put(store, "p/object", b"0123456789")
    expected = b"0123456789"[start:][:length]
    assert b"".join(store.read("p/object", start=start, length=length)) == expected


def test_a_range_of_many_chunks(store: ObjectStore) -> None:
    put(store, "p/object", pattern(MANY_PARTS))
    found = b"".join(store.read("p/object", start=7_000_001, length=5_000_000))
    assert found == pattern(MANY_PARTS)[7_000_001:12_000_001]


@pytest.mark.parametrize(
    ("start", "length"), [(0, 11), (10, 1), (11, None), (11, 0), (-1, None), (-5, 2), (0, -1)]
)
def test_a_range_outside_is_refused(store: ObjectStore, start: int, length: int | None) -> None:
    put(store, "p/object", b"0123456789")
    with pytest.raises(InvalidInputError, match="not inside"):
        store.read("p/object", start=start, length=length)


def test_a_range_of_an_empty_object(store: ObjectStore) -> None:
    put(store, "p/object", b"")
    assert list(store.read("p/object", start=0, length=0)) == []


def test_readers_that_stop_early_are_let_go(store: ObjectStore) -> None:
    put(store, "p/object", pattern(MANY_PARTS))
    for _ in range(40):
        store.read("p/object")
        next(store.read("p/object"))
    assert get(store, "p/object") == pattern(MANY_PARTS)


def test_stat(store: ObjectStore) -> None:
    put(store, "p/object", b"0123456789")
    found = store.stat("p/object")
    assert found is not None
    assert (found.key, found.size_bytes) == ("p/object", 10)
    assert abs(found.modified - datetime.now(tz=UTC)) < timedelta(minutes=1)


def test_stat_of_nothing(store: ObjectStore) -> None:
    put(store, "p/folder/object")
    assert [store.stat(key) for key in ("p/nothing", "nowhere/nothing", "p/folder")] == [None] * 3


def test_a_listing_says_what_stat_says(store: ObjectStore) -> None:
    put(store, "p/object", b"0123456789")
    assert list(store.list("p/")) == [store.stat("p/object")]


def test_listings_of_nothing(store: ObjectStore) -> None:
    put(store, "p/object")
    assert [list(store.list(prefix)) for prefix in ("q/", "p/object/", "p/x", "nowhere/at/all")] == [[]] * 4


SEGMENTS = st.text(alphabet="ab-.0", min_size=1, max_size=3).filter(lambda text: not text.startswith("."))
KEYS = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join)
PLACES = st.just("") | KEYS | KEYS.map(lambda key: f"{key}/")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.sets(KEYS, max_size=12), prefix=PLACES, after=PLACES, recursive=st.booleans())
def test_listings_are_by_key(
    store: ObjectStore, keys: set[str], prefix: str, after: str, recursive: bool
) -> None:
    room = f"p/{token_hex(8)}/"
    apart = [key for key in keys if not any(other.startswith(f"{key}/") for other in keys)]
    for key in apart:
        put(store, f"{room}{key}")
    behind = [key for key in apart if key.startswith(prefix)]
    if not recursive:
        behind = [prefix + "".join(key[len(prefix) :].partition("/")[:2]) for key in behind]
    expected = sorted({f"{room}{key}" for key in behind if key > after})
    assert names(store.list(f"{room}{prefix}", after=f"{room}{after}", recursive=recursive)) == expected


def test_pages(store: ObjectStore) -> None:
    keys = [f"p/run-{i:04d}/{name}" for i in range(600) for name in ("a", "b")]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda key: put(store, key), keys))
    assert names(store.list("p/")) == keys
    assert names(store.list("p/", after="p/run-0550/a")) == keys[1101:]
    assert names(store.list("p/", after="p/run-0597/", recursive=False)) == ["p/run-0598/", "p/run-0599/"]
    store.delete(keys[1:])
    assert names(store.list("p/")) == keys[:1]


def test_missing_objects_may_be_deleted(store: ObjectStore) -> None:
    put(store, "p/folder/object")
    store.delete(["p/nothing", "nowhere/nothing", "p/folder"])
    assert names(store.list("")) == ["p/folder/object"]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_bad_keys_are_refused(store: ObjectStore, key: str) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: put(store, key),
        lambda: store.read(key),
        lambda: store.stat(key),
        lambda: store.delete([key]),
        lambda: store.presign(key, method="GET", expires_s=60),
    ]
    for attempt in attempts:
        with pytest.raises(InvalidInputError, match="no store key"):
            attempt()


@pytest.mark.parametrize("prefix", ["/", "../", "a//", "a/../", "."])
def test_bad_prefixes_are_refused(store: ObjectStore, prefix: str) -> None:
    with pytest.raises(InvalidInputError, match="no store key begins"):
        list(store.list(prefix))


@pytest.mark.parametrize("expires_s", [0, -1, 604_801])
def test_urls_expire_within_a_week(store: ObjectStore, expires_s: int) -> None:
    with pytest.raises(InvalidInputError, match="604800"):
        store.presign("p/object", method="GET", expires_s=expires_s)


def test_a_url_to_get_has_no_size(store: ObjectStore) -> None:
    with pytest.raises(InvalidInputError, match="no size"):
        store.presign("p/object", method="GET", expires_s=60, size_bytes=1)


def test_a_probe_reports_and_leaves_nothing(store: ObjectStore) -> None:
    found = store.probe()
    assert (found.ranges, found.presign, found.delete_many, found.multipart) == (True,) * 4
    assert abs(found.clock_skew_s) < 60
    assert list(store.list("")) == []


def test_readers_see_whole_objects_while_others_write(store: ObjectStore) -> None:
    versions = [bytes([i]) * 300_000 for i in range(8)]
    put(store, "p/object", versions[0])
    with ThreadPoolExecutor(16) as threads:
        writes = threads.map(lambda data: put(store, "p/object", data), versions * 4)
        seen = list(threads.map(lambda _: get(store, "p/object"), range(40)))
        list(writes)
    assert set(seen) <= set(versions)
