"""Uploads that are forgotten."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import digest_bytes
from bakehouse.errors import NotFoundError
from bakehouse.jetstream.bucket import Bucket
from bakehouse.jetstream.connection import Connection
from bakehouse.registry.records import Registry, Resource
from bakehouse.registry.revisions import Revisions
from gateway.uploads.expiry import UploadExpiry
from gateway.uploads.parts import Parts
from gateway.uploads.record import Upload, UploadBody, UploadState, decode_upload, encode_body

HOUR = timedelta(hours=1)
THEN = datetime(2020, 1, 1, tzinfo=UTC)  # long before any upload of other tests expires


@pytest.fixture
def registry(connection: Connection, store: DirectoryStore) -> Registry:
    return Registry(connection, Revisions(store))


@pytest.fixture
def expiry(connection: Connection, registry: Registry, store: DirectoryStore) -> UploadExpiry:
    return UploadExpiry(connection, registry, store)


async def begun(registry: Registry, store: DirectoryStore, state: UploadState = UploadState.OPEN) -> Upload:
    """An upload with a part, which expires at THEN."""
    body = UploadBody(
        size_bytes=3,
        digest=digest_bytes(b"abc"),
        content_type="",
        filename="",
        part_size_bytes=8 << 20,
        expire_time=THEN.isoformat(timespec="milliseconds"),
        state=state,
    )
    project = f"p{uuid.uuid4().hex[:12]}"
    resource = Resource(project=project, kind="upload", id="u", body=encode_body(body), request="r")
    upload = decode_upload(await registry.create(resource))
    store.put(Parts(store).key(upload, 0), [b"abc"], size_bytes=3)
    return upload


async def is_gone(upload: Upload, connection: Connection, store: DirectoryStore) -> bool:
    """Whether neither bucket nor store has anything of it."""
    left = list(store.list(f"{upload.resource.project}/"))
    return not left and await Bucket(connection, "registry").get(upload.resource.ref.key) is None


@pytest.mark.parametrize("state", UploadState)
async def test_what_has_expired_leaves_no_trace(
    state: UploadState,
    registry: Registry,
    expiry: UploadExpiry,
    connection: Connection,
    store: DirectoryStore,
) -> None:
    upload = await begun(registry, store, state)
    assert await expiry.forget_expired(now=THEN + 2 * HOUR) >= 1
    assert await is_gone(upload, connection, store)


async def test_what_has_not_expired_for_an_hour_stays(
    registry: Registry, expiry: UploadExpiry, store: DirectoryStore
) -> None:
    upload = await begun(registry, store)
    await expiry.forget_expired(now=THEN + HOUR / 2)
    assert (await registry.get(upload.resource.ref)).version == 1
    assert len(Parts(store).received(upload)) == 1


async def test_what_was_begun_to_be_forgotten_is_forgotten(
    registry: Registry, expiry: UploadExpiry, connection: Connection, store: DirectoryStore
) -> None:
    upload = await begun(registry, store)
    await registry.update(replace(upload.resource, deleted=True))
    await expiry.forget_expired(now=THEN + 2 * HOUR)
    assert await is_gone(upload, connection, store)


async def test_what_was_renewed_meanwhile_stays(
    registry: Registry, expiry: UploadExpiry, store: DirectoryStore
) -> None:
    upload = await begun(registry, store)
    await registry.update(upload.resource)
    assert not await expiry._forget(upload)
    assert (await registry.get(upload.resource.ref)).version == 2


async def test_what_is_forgotten_can_be_begun_again(
    registry: Registry, expiry: UploadExpiry, store: DirectoryStore
) -> None:
    upload = await begun(registry, store)
    await expiry.forget_expired(now=THEN + 2 * HOUR)
    with pytest.raises(NotFoundError):
        await registry.get(upload.resource.ref)
    assert (await registry.create(upload.resource)).version == 1


async def test_what_is_no_record_is_passed_over(
    registry: Registry, expiry: UploadExpiry, connection: Connection, store: DirectoryStore
) -> None:
    project = f"p{uuid.uuid4().hex[:12]}"
    await Bucket(connection, "registry").create(f"{project}.upload.broken", b"nonsense")
    upload = await begun(registry, store)
    await expiry.forget_expired(now=THEN + 2 * HOUR)
    assert await is_gone(upload, connection, store)
