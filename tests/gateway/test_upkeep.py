"""What is made and filled on NATS, unasked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.errors import BakehouseError, UnavailableError
from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.records import JobRecords
from bakehouse.migration import Layout
from bakehouse.registry.records import Registry, Resource
from bakehouse.registry.revisions import Revisions
from gateway.ending import end
from gateway.upkeep import Upkeep
from gateway.uploads.expiry import UploadExpiry
from tests.gateway.records import record
from tests.nats_process import NatsProcess


@pytest.fixture
async def own_connection(own_nats: NatsProcess) -> AsyncIterator[Connection]:
    async with connected(own_nats.settings, name="test") as connection:
        yield connection


def upkeep_of(connection: Connection, store: DirectoryStore, layout: Layout | None = None) -> Upkeep:
    revisions = Revisions(store)
    expiry = UploadExpiry(connection, Registry(connection, revisions), store)
    return Upkeep(connection, revisions, [], layout, expiry)


@asynccontextmanager
async def kept_up(connection: Connection, store: DirectoryStore) -> AsyncIterator[None]:
    task = asyncio.create_task(upkeep_of(connection, store, Layout()).run())
    try:
        yield
    finally:
        await end([task])


async def names_of(connection: Connection, store: DirectoryStore) -> tuple[str, str]:
    """A project and a job of it, waited for."""
    revisions = Revisions(store)
    project = Resource(project="p", kind="project", id="p", body={})
    async with asyncio.timeout(20):
        while True:
            try:
                found = await Registry(connection, revisions).get(project.ref)
                job = await JobRecords(connection, revisions).read(record().ref.resource)
            except BakehouseError:
                await asyncio.sleep(0.05)
            else:
                return found.id, job.record.job


async def fill(connection: Connection, store: DirectoryStore) -> None:
    revisions = Revisions(store)
    await Registry(connection, revisions).create(Resource(project="p", kind="project", id="p", body={}))
    await JobRecords(connection, revisions).create(record())


async def test_an_empty_nats_is_made_and_filled_from_the_store(
    own_nats: NatsProcess, own_connection: Connection, store: DirectoryStore
) -> None:
    await upkeep_of(own_connection, store, Layout()).prepare()
    await fill(own_connection, store)
    async with kept_up(own_connection, store):
        own_nats.kill()
        own_nats.lose_disk()
        own_nats.start()
        assert await names_of(own_connection, store) == ("p", "j")


async def test_what_others_migrate_is_left_to_them(own_connection: Connection, store: DirectoryStore) -> None:
    with pytest.raises(UnavailableError):
        await upkeep_of(own_connection, store).prepare()


async def test_a_store_that_is_away_is_waited_for(
    own_connection: Connection, store: DirectoryStore, tmp_path: Path
) -> None:
    await upkeep_of(own_connection, store, Layout()).prepare()
    await fill(own_connection, store)
    for bucket in ("registry", "jobs"):
        await own_connection.purge(f"KV_{bucket}", f"$KV.{bucket}.>")
    root = tmp_path / "unknown"
    root.rename(tmp_path / "away")
    async with kept_up(own_connection, store):
        await asyncio.sleep(0.2)
        (tmp_path / "away").rename(root)
        assert await names_of(own_connection, store) == ("p", "j")
