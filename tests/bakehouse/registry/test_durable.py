import uuid

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.errors import InvalidInputError, StaleError
from bakehouse.jetstream.bucket import MAX_VALUE_BYTES, Bucket
from bakehouse.jetstream.connection import Connection
from bakehouse.registry.durable import DurableBucket
from bakehouse.registry.revisions import Candidate, ResourceRef, Revisions


async def test_the_store_has_what_the_bucket_has(
    connection: Connection, revisions: Revisions, store: DirectoryStore
) -> None:
    ref = ResourceRef(project="p", kind="project", id=uuid.uuid4().hex)
    durable = DurableBucket(Bucket(connection, "registry"), revisions)
    revision = await durable.write(ref, b"1", stored=Candidate(version=1, data=b"1"), revision=0)
    await durable.write(ref, b"2", stored=Candidate(version=2, data=b"2"), revision=revision)
    with pytest.raises(StaleError):
        await durable.write(ref, b"3", stored=Candidate(version=2, data=b"3"), revision=revision)
    entry = await durable.get(ref)
    assert entry is not None
    assert (entry.value, revisions.latest(ref)) == (b"2", b"2")
    assert len(list(store.list(f"p/registry/project/{ref.id}/"))) == 2


async def test_what_is_too_long_leaves_nothing(
    connection: Connection, revisions: Revisions, store: DirectoryStore
) -> None:
    ref = ResourceRef(project="p", kind="project", id=uuid.uuid4().hex)
    durable = DurableBucket(Bucket(connection, "registry"), revisions)
    data = b"x" * (MAX_VALUE_BYTES + 1)
    with pytest.raises(InvalidInputError, match="at most"):
        await durable.write(ref, data, stored=Candidate(version=1, data=data), revision=0)
    assert list(store.list(f"p/registry/project/{ref.id}/")) == []


async def test_a_revision_that_a_rebuild_put_in_first_is_not_lost(
    connection: Connection, revisions: Revisions
) -> None:
    ref = ResourceRef(project="p", kind="project", id=uuid.uuid4().hex)
    bucket = Bucket(connection, "registry")
    rebuilt = await bucket.create(ref.key, b"1")  # by who found our candidate before our swap
    written = await DurableBucket(bucket, revisions).write(
        ref, b"1", stored=Candidate(version=1, data=b"1"), revision=0
    )
    assert (written, revisions.latest(ref)) == (rebuilt, b"1")
