import uuid

import pytest

from bakehouse.errors import InvalidInputError, StaleError
from bakehouse.jetstream.bucket import MAX_VALUE_BYTES, Bucket
from bakehouse.jetstream.connection import Connection


@pytest.fixture
def bucket(connection: Connection) -> Bucket:
    return Bucket(connection, "rates")


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


async def test_a_missing_key_is_none(bucket: Bucket, key: str) -> None:
    assert await bucket.get(key) is None


async def test_a_value_comes_back_with_its_headers(bucket: Bucket, key: str) -> None:
    revision = await bucket.create(key, b"one\n\0two", headers={"State": "NEW"})
    entry = await bucket.get(key)
    assert entry is not None
    assert (entry.value, entry.revision, entry.headers["State"]) == (b"one\n\0two", revision, "NEW")


async def test_create_refuses_a_taken_key(bucket: Bucket, key: str) -> None:
    await bucket.create(key, b"1")
    with pytest.raises(StaleError):
        await bucket.create(key, b"2")


async def test_of_two_swaps_of_one_revision_one_wins(bucket: Bucket, key: str) -> None:
    revision = await bucket.create(key, b"1")
    await bucket.swap(key, b"2", revision=revision)
    with pytest.raises(StaleError):
        await bucket.swap(key, b"3", revision=revision)
    entry = await bucket.get(key)
    assert entry is not None
    assert entry.value == b"2"


async def test_a_value_that_is_too_large_is_refused(bucket: Bucket, key: str) -> None:
    with pytest.raises(InvalidInputError, match="at most 65536"):
        await bucket.create(key, bytes(MAX_VALUE_BYTES + 1))
