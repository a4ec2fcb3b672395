import pytest

from bakehouse.blobs.s3 import S3Store
from bakehouse.errors import NotFoundError, UnavailableError
from tests.faultproxy import Answer, Cut, FaultProxy, Slow

DATA = bytes(range(251)) * 12_000  # three chunks


@pytest.fixture
def store(spoiled: S3Store) -> S3Store:
    spoiled.put("object", [DATA], size_bytes=len(DATA))
    return spoiled


@pytest.mark.parametrize("after_bytes", [0, 1, 1_000_000, 2_500_000, len(DATA) - 1])
@pytest.mark.parametrize("reset", [False, True])
def test_a_body_that_breaks_goes_on_where_it_broke(
    store: S3Store, proxy: FaultProxy, after_bytes: int, reset: bool
) -> None:
    proxy.spoil(Cut(after_bytes=after_bytes, reset=reset))
    assert b"".join(store.read("object")) == DATA


def test_a_body_that_breaks_again_and_again(store: S3Store, proxy: FaultProxy) -> None:
    proxy.spoil(Cut(after_bytes=700_000), times=4)
    assert b"".join(store.read("object")) == DATA
    assert proxy.count("GET") == 5


def test_a_range_that_breaks(store: S3Store, proxy: FaultProxy) -> None:
    proxy.spoil(Cut(after_bytes=10, reset=True), times=2)
    assert b"".join(store.read("object", start=1_000_003, length=40)) == DATA[1_000_003:1_000_043]


def test_a_slow_body_is_waited_for(store: S3Store, proxy: FaultProxy) -> None:
    proxy.spoil(Slow(pause_s=0.01))
    assert b"".join(store.read("object", start=5, length=100_000)) == DATA[5:100_005]


def test_what_is_replaced_while_it_is_read_is_not_mixed(store: S3Store, proxy: FaultProxy) -> None:
    proxy.spoil(Cut(after_bytes=1 << 20), method="GET")
    chunks = store.read("object")
    next(chunks)
    store.put("object", [DATA[::-1]], size_bytes=len(DATA))
    with pytest.raises(UnavailableError, match="replaced"):
        list(chunks)


def test_what_is_deleted_while_it_is_read_is_missed(store: S3Store, proxy: FaultProxy) -> None:
    proxy.spoil(Cut(after_bytes=1 << 20), method="GET")
    chunks = store.read("object")
    next(chunks)
    store.delete(["object"])
    with pytest.raises(NotFoundError, match="object"):
        list(chunks)


def test_a_store_without_ranges_is_said(store: S3Store, proxy: FaultProxy) -> None:
    proxy.spoil(Answer(status=200, body=DATA), method="GET")
    with pytest.raises(UnavailableError, match="no ranges"):
        store.read("object", start=5, length=10)


def test_connections_are_used_again(store: S3Store, proxy: FaultProxy) -> None:
    for _ in range(3):
        assert sum(len(chunk) for chunk in store.read("object", length=2_000_000)) == 2_000_000
    assert proxy.num_connections == 1
