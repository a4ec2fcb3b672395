"""Any order of a store comes out as the order of keys, with every `prefix` and `after`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bakehouse.blobs.port import ObjectInfo
from bakehouse.blobs.s3_order import Entry, Listing

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_SEGMENTS = st.text(alphabet="ab-.0", min_size=1, max_size=3)
_KEYS = st.lists(_SEGMENTS, min_size=1, max_size=3).map("/".join)


@dataclass
class Bucket:
    """A store of given keys. By key like AWS, or folder by folder like SeaweedFS."""

    keys: list[str]
    by_folder: bool
    page: int
    num_pages: int = 0

    def __call__(self, prefix: str, *, after: str, token: str, folded: bool) -> tuple[list[Entry], str]:
        self.num_pages += 1
        entries = [e for e in self._entries(prefix, folded=folded) if self._order(e) > self._order(after)]
        if self.by_folder and after and not after.endswith("/"):
            entries = [e for e in entries if not e.startswith(f"{after}/")]  # as weed does
        entries = [e for e in entries if not token or self._order(e) > self._order(token)]
        page, rest = entries[: self.page], entries[self.page :]
        found: list[Entry] = [_info(e) for e in page if not e.endswith("/")]
        return [*found, *(e for e in page if e.endswith("/"))] if folded else found, page[-1] if rest else ""

    def _entries(self, prefix: str, *, folded: bool) -> list[str]:
        keys = [key for key in self.keys if key.startswith(prefix)]
        return sorted({_fold(key, prefix) if folded else key for key in keys}, key=self._order)

    def _order(self, key: str) -> str:
        return key.replace("/", "\0") if self.by_folder else key


def _info(key: str) -> ObjectInfo:
    return ObjectInfo(key=key, size_bytes=1, modified=_NOW)


def _fold(key: str, prefix: str) -> str:
    head, slash, _ = key[len(prefix) :].partition("/")
    return prefix + head + slash


def _names(entries: Iterator[Entry]) -> list[str]:
    return [e if isinstance(e, str) else e.key for e in entries]


@st.composite
def buckets(draw: st.DrawFn) -> Bucket:
    keys = draw(st.lists(_KEYS, unique=True, max_size=30))
    apart = [k for k in keys if not any(other.startswith(f"{k}/") for other in keys)]
    return Bucket(keys=apart, by_folder=draw(st.booleans()), page=draw(st.integers(1, 3)))


_PLACES = st.just("") | _KEYS | _KEYS.map(lambda key: f"{key}/")


@given(
    bucket=buckets(),
    prefix=_PLACES,
    after=_PLACES,
    recursive=st.booleans(),
    most_held=st.integers(min_value=1, max_value=4),
)
def test_order_is_by_key(bucket: Bucket, prefix: str, after: str, recursive: bool, most_held: int) -> None:
    names = {key if recursive else _fold(key, prefix) for key in bucket.keys if key.startswith(prefix)}
    listing = Listing(bucket, recursive=recursive, most_held=most_held)
    assert _names(listing.entries(prefix, after)) == sorted(name for name in names if name > after)


def test_no_page_is_asked_for_before_it_is_needed() -> None:
    bucket = Bucket(keys=[f"a/{i:04d}" for i in range(100)], by_folder=True, page=10)
    next(Listing(bucket, recursive=True, most_held=10).entries("a/", ""))
    assert bucket.num_pages == 1


def test_a_position_is_not_searched_for_from_the_start() -> None:
    bucket = Bucket(keys=[f"a/run-{i:04d}" for i in range(100)], by_folder=True, page=10)
    list(Listing(bucket, recursive=True).entries("a/", "a/run-0090"))
    assert bucket.num_pages == 3


def test_small_folders_are_read_by_the_page() -> None:
    bucket = Bucket(keys=[f"a/{i:04d}/x" for i in range(100)], by_folder=True, page=10)
    list(Listing(bucket, recursive=True).entries("a/", ""))
    assert bucket.num_pages == 10
