from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from secrets import token_hex

import pytest

from bakehouse.blobs.s3 import S3Store
from bakehouse.errors import UnavailableError
from tests.faultproxy import Answer, Fault, FaultProxy, Flip, Pass
from tests.weed import WeedProcess

EMPTY_LISTING = (
    b"<ListBucketResult><Name>bakehouse</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>"
    b"</ListBucketResult>"
)
NOTHING_DELETED = b"<DeleteResult></DeleteResult>"


def spoil(proxy: FaultProxy, method: str, number: int, fault: Fault) -> None:
    """The request with this number, from 1, of those with this method."""
    proxy.spoil(Pass(), method=method, times=number - 1)
    proxy.spoil(fault, method=method)


def test_an_endpoint_that_does_everything(weed: WeedProcess) -> None:
    found = weed.store(token_hex(8)).probe()
    assert (found.driver, found.conditional_put, found.presign, found.multipart) == ("s3", True, True, True)


@pytest.mark.parametrize(
    ("method", "number", "fault", "lacks"),
    [
        ("PUT", 3, Answer(status=200), "conditional_put"),  # the second with If-None-Match
        ("PUT", 2, Answer(status=501), "conditional_put"),
        ("GET", 3, Answer(status=200, body=b"probe"), "ranges"),
        ("GET", 4, Answer(status=403), "presign"),
        ("POST", 1, Answer(status=501), "multipart"),
        ("POST", 2, Answer(status=501), "multipart"),
    ],
)
def test_what_an_endpoint_lacks_is_reported(
    spoiled: S3Store, proxy: FaultProxy, method: str, number: int, fault: Fault, lacks: str
) -> None:
    spoil(proxy, method, number, fault)
    found = spoiled.probe()
    assert not getattr(found, lacks)
    assert [
        name for name in ("conditional_put", "ranges", "presign", "multipart") if not getattr(found, name)
    ] == [lacks]
    assert list(spoiled.list("")) == []


@pytest.mark.parametrize(
    ("method", "number", "fault", "lacks"),
    [
        ("GET", 1, Flip(at=0), "read"),
        ("GET", 2, Answer(status=200, body=EMPTY_LISTING), "list"),
        ("POST", 3, Answer(status=200, body=NOTHING_DELETED), "delete"),
    ],
)
def test_what_is_required_is_named(
    spoiled: S3Store, proxy: FaultProxy, method: str, number: int, fault: Fault, lacks: str
) -> None:
    spoil(proxy, method, number, fault)
    with pytest.raises(UnavailableError, match=rf"{proxy.endpoint}.* {lacks} .*BAKEHOUSE_S3_ENDPOINT"):
        spoiled.probe()


def test_the_clocks_are_compared(spoiled: S3Store, proxy: FaultProxy) -> None:
    date = format_datetime(datetime.now(tz=UTC) + timedelta(hours=1), usegmt=True)
    spoil(proxy, "GET", 5, Answer(status=200, body=b"probe", date=date))
    assert spoiled.probe().clock_skew_s == pytest.approx(3600, abs=10)


def test_wrong_credentials_are_named(weed: WeedProcess) -> None:
    store = S3Store(replace(weed.location(), secret_key="wrong"))
    with pytest.raises(UnavailableError, match=r"SignatureDoesNotMatch.*BAKEHOUSE_S3_SECRET_KEY"):
        store.probe()


def test_a_missing_bucket_is_named(weed: WeedProcess) -> None:
    store = S3Store(replace(weed.location(), bucket="absent"))
    with pytest.raises(UnavailableError, match="bucket absent: there is no such bucket; create it"):
        store.probe()


def test_a_store_that_is_away_is_named(weed: WeedProcess) -> None:
    store = S3Store(replace(weed.location(), endpoint="http://127.0.0.1:1"), patience_s=0)
    with pytest.raises(UnavailableError, match=r"http://127\.0\.0\.1:1,"):
        store.probe()
