"""Fixtures that many tests share: real servers, each started once."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest

from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection
from bakehouse.migration import Layout, migrate
from bakehouse.topology import load_services
from tests.nats_process import NatsProcess

hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

# A shell makes what it runs in the background deaf to Ctrl-C, and so the commands that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

TOY = Path(__file__).parent / "toy" / "service.toml"


@pytest.fixture(autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a test sets for its children is gone when it is over, and nobody's own cache is used."""
    before = dict(os.environ)
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.getbasetemp() / "cache")
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def shared_nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsProcess]:
    """One nats-server for all tests that do it no harm."""
    nats = NatsProcess(tmp_path_factory.mktemp("nats") / "server")
    nats.start()
    yield nats
    nats.stop()


@pytest.fixture
def own_nats(tmp_path: Path) -> Iterator[NatsProcess]:
    """A nats-server that the test may kill."""
    nats = NatsProcess(tmp_path / "server")
    nats.start()
    yield nats
    nats.stop()


@pytest.fixture
async def connection(shared_nats: NatsProcess) -> AsyncIterator[Connection]:
    """A connection to a migrated, shared nats-server: use names of your own on it."""
    async with connected(shared_nats.settings, name="test") as connection:
        await migrate(connection, load_services([TOY]).values(), Layout())
        yield connection
