"""A gateway on the NATS that all tests share: use projects of your own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.jetstream.connection import Connection
from gateway.creation import Asking
from gateway.projects import ProjectFields
from tests.gateway.bakery import Bakery, bakery, declaration_of
from tests.gateway.desk import Desk
from tests.nats_process import NatsProcess
from tests.toy.playhouse import play_services


@pytest.fixture
async def shop(shared_nats: NatsProcess, tmp_path: Path) -> AsyncIterator[Bakery]:
    async with bakery(shared_nats, tmp_path) as opened:
        yield opened


@pytest.fixture
async def bakeshop(shared_nats: NatsProcess, tmp_path: Path) -> AsyncIterator[Bakery]:
    """A gateway that knows the services of a bake; nobody works in them."""
    declarations = tuple(declaration_of(service, tmp_path) for service in play_services())
    async with bakery(shared_nats, tmp_path, services=declarations) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    """A store that no gateway knows of."""
    store = DirectoryStore(tmp_path / "unknown")
    store.create()
    return store


@pytest.fixture
async def desk(connection: Connection, store: DirectoryStore) -> Desk:
    """A project's uploads, without a gateway around them."""
    desk = Desk(connection, store)
    await desk.projects.create(desk.project, ProjectFields(), Asking())
    return desk
