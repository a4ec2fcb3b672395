import uuid

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.errors import StaleError
from bakehouse.jetstream.bucket import Bucket
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
