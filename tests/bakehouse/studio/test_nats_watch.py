"""A nats-server that lives and does not work is noticed: one that hangs, one whose disk was full."""

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection
from bakehouse.migration import Layout, migrate
from bakehouse.patience import until_available
from bakehouse.studio.nats_watch import NatsWatch
from tests.nats_process import NatsProcess

FOREVER = resource.RLIM_INFINITY


@pytest.fixture
async def connection(own_nats: NatsProcess) -> AsyncIterator[Connection]:
    async with connected(own_nats.settings, name="test") as connection:
        await migrate(connection, [], Layout())
        yield connection


class Watched:
    """A watch, and how often it wanted a restart."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        self.num_restarts = 0
        self.watch = NatsWatch(connection, folder=folder, log_file=folder / "nats.log", restart=self.restart)

    def restart(self) -> None:
        self.num_restarts += 1


@pytest.fixture
def watched(connection: Connection, own_nats: NatsProcess) -> Watched:
    return Watched(connection, own_nats.server.folder.parent)


async def fill_disk(nats: NatsProcess, connection: Connection) -> None:
    """Let a write fail as on a full disk; then there is room again."""
    resource.prlimit(nats.pid, resource.RLIMIT_FSIZE, (1000, FOREVER))
    await try_to_store(connection)
    resource.prlimit(nats.pid, resource.RLIMIT_FSIZE, (FOREVER, FOREVER))
    await try_to_store(connection)


async def try_to_store(connection: Connection) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await connection.publish("work.a", bytes(5000))


async def test_a_server_that_works_is_left_alone(watched: Watched) -> None:
    for _ in range(3):
        await watched.watch.look()
    assert (watched.num_restarts, watched.watch.trouble) == (0, "")


async def test_a_server_that_hangs_is_restarted_at_the_second_look(
    watched: Watched, own_nats: NatsProcess
) -> None:
    os.kill(own_nats.pid, signal.SIGSTOP)
    await watched.watch.look()
    assert (watched.num_restarts, watched.watch.trouble) == (0, "it does not answer")
    await watched.watch.look()
    own_nats.kill()
    assert watched.num_restarts == 1


async def test_a_server_whose_disk_was_full_is_restarted_and_then_stores(
    watched: Watched, own_nats: NatsProcess, connection: Connection
) -> None:
    await fill_disk(own_nats, connection)
    await watched.watch.look()  # sees what the log says; if all of the server hangs, the next look sees that
    await watched.watch.look()
    own_nats.kill()
    own_nats.start()
    assert watched.num_restarts == 1
    await until_available(lambda: connection.publish("work.a", b"x"), what="nats")
    await watched.watch.look()
    assert (watched.num_restarts, watched.watch.trouble) == (1, "")
