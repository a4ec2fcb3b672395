import io
from collections.abc import Iterator
from random import Random
from uuid import uuid4

import pytest
from minio import Minio

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from bakehouse.secret_values import SecretValues
from services.dataset.adapters.bucket_client import BucketKeys, Patience
from services.dataset.adapters.buckets import Buckets, BucketSource
from services.dataset.ports import FetchFailedError
from services.dataset.source_specs import BucketSpec
from tests.faultproxy import Answer, Cut, Fault, FaultProxy, Hang, Pass
from tests.services.dataset.ingesting import fetch_all, look
from tests.weed import ACCESS_KEY, BUCKET, SECRET_KEY, running_weed

KEYS = BucketKeys(access_key=ACCESS_KEY, secret_key=SECRET_KEY)
QUICK = Patience(again_s=20, silence_s=0.5, first_wait_s=0.01)
HASTY = Patience(again_s=0.05, silence_s=0.5, first_wait_s=0.01)
SLOW_DOWN = Answer(status=503, body=b"<Error><Code>SlowDown</Code><Message>slower</Message></Error>")
FAULTS: tuple[Fault, ...] = (
    SLOW_DOWN,
    Cut(after_bytes=7),
    Cut(after_bytes=0, reset=True),
    Answer(status=500),
    Hang(),
)


def put(prefix: str, **files: bytes) -> None:
    client = Minio(
        running_weed().endpoint.removeprefix("http://"),
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        secure=False,
    )
    for name, data in files.items():
        client.put_object(BUCKET, f"{prefix}/{name.replace('__', '/')}", io.BytesIO(data), len(data))


def opened(
    prefix: str,
    *,
    endpoint: str = "",
    keys: BucketKeys | None = KEYS,
    patience: Patience = QUICK,
    bucket: str = BUCKET,
) -> BucketSource:
    spec = BucketSpec(bucket=bucket, prefix=prefix, endpoint_url=endpoint or running_weed().endpoint)
    return Buckets(SecretValues({}), keys, patience=patience).open(spec)


@pytest.fixture
def prefix() -> str:
    return f"pictures/{uuid4().hex}"


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with FaultProxy(running_weed().ports["s3"]) as proxy:
        yield proxy


def test_objects_below_the_prefix_become_blobs(prefix: str, blobs: Blobs) -> None:
    put(prefix, **{"a b+é.png": b"1", "deep__🎂.txt": b"a cat", "notes.md": b"no", "more.zip": b"PK"})
    put(f"{prefix}-2", **{"other.png": b"no"})
    source = opened(f"/{prefix}/")
    items, refused = look(source)
    assert [item.name for item in items] == ["a b+é.png", "deep/🎂.txt"]
    assert [item.uri for item in items] == [f"s3://{BUCKET}/{prefix}/{item.name}" for item in items]
    assert refused == {"more.zip": "nested_archive"}
    fetched = fetch_all(source, blobs)
    assert blobs.get(fetched["deep/🎂.txt"].digest) == b"a cat"
    assert fetched["deep/🎂.txt"].etag
    assert source.name == prefix.rpartition("/")[2]


def test_an_object_that_changes_has_another_token_and_is_not_taken_for_the_old(
    prefix: str, blobs: Blobs
) -> None:
    put(prefix, **{"a.png": b"1", "b.png": b"1"})
    source = opened(prefix)
    before = look(source)[0]
    put(prefix, **{"a.png": b"2"})
    after = look(source)[0]
    assert [old.token == new.token for old, new in zip(before, after, strict=True)] == [False, True]
    with pytest.raises(FetchFailedError) as failed:
        source.fetch(before[0], blobs)
    assert (failed.value.reason, failed.value.is_lasting) == ("changed", False)


def test_a_listing_has_pages(prefix: str) -> None:
    put(prefix, **{f"{n:04d}.png": b"1" for n in range(1001)})
    assert [item.name for item in look(opened(prefix))[0]] == [f"{n:04d}.png" for n in range(1001)]


def test_an_s3_that_fails_one_call_in_five_gives_all(prefix: str, blobs: Blobs, proxy: FaultProxy) -> None:
    data = {f"{n:02d}.png": Random(n).randbytes(3 << 20 if n == 3 else 900) for n in range(20)}
    put(prefix, **data)
    for fault in FAULTS * 2:
        proxy.spoil(Pass(), times=4)
        proxy.spoil(fault)
    source = opened(prefix, endpoint=proxy.endpoint)
    look(source)
    fetched = fetch_all(source, blobs)
    assert {name: blobs.get(found.digest) for name, found in fetched.items()} == data


def test_an_object_that_never_comes_fails_alone_and_may_come_another_time(
    prefix: str, blobs: Blobs, proxy: FaultProxy
) -> None:
    put(prefix, **{"a.png": b"1"})
    source = opened(prefix, endpoint=proxy.endpoint, patience=HASTY)
    (item,) = look(source)[0]
    proxy.spoil(SLOW_DOWN, times=9)
    with pytest.raises(FetchFailedError, match="does not answer as it should") as failed:
        source.fetch(item, blobs)
    assert (failed.value.reason, failed.value.is_lasting) == ("unavailable", False)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"bucket": "no-such-bucket"}, "no such bucket|refuses the request"),
        ({"keys": BucketKeys(access_key=ACCESS_KEY, secret_key="wrong")}, "refuses the request"),
        ({"keys": BucketKeys(access_key="nobody", secret_key="wrong")}, "refuses the request"),
        ({"keys": None}, "refuses the request"),
        ({"endpoint": "http://127.0.0.1:9", "patience": HASTY}, "does not answer as it should"),
    ],
)
def test_a_bucket_that_can_not_be_listed_is_told_without_its_keys(
    prefix: str, changes: dict[str, object], expected: str
) -> None:
    with pytest.raises(InvalidInputError, match=expected) as caught:
        look(opened(prefix, **changes))  # type: ignore[arg-type]  # a table of them
    assert not any(key in caught.value.message for key in (ACCESS_KEY, SECRET_KEY, "wrong", "nobody"))


def test_keys_are_found_by_the_names_that_a_source_gives(prefix: str) -> None:
    put(prefix, **{"a.png": b"1"})
    spec = BucketSpec(
        bucket=BUCKET,
        prefix=prefix,
        endpoint_url=running_weed().endpoint,
        access_key_id="secret://cats-id",
        secret_access_key="secret://cats-key",
    )
    kept = {"BAKEHOUSE_SECRET_CATS_ID": ACCESS_KEY, "BAKEHOUSE_SECRET_CATS_KEY": SECRET_KEY}
    source = Buckets(SecretValues(kept), None).open(spec)
    items, _ = look(source)
    assert [item.name for item in items] == ["a.png"]
    told = f"{items}{source.identity}{spec}"
    assert ACCESS_KEY not in told.replace(BUCKET, "")
    assert SECRET_KEY not in told
    with pytest.raises(InvalidInputError, match="set BAKEHOUSE_SECRET_CATS_ID in its environment"):
        Buckets(SecretValues({}), None).open(spec)
