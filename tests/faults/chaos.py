"""What is done to a studio, at which moment: drawn from a seed, written to the history."""

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.errors import BakehouseError
from bakehouse.jetstream.connection import Connection
from bakehouse.jetstream.tail import CaughtUp, tailing
from bakehouse.jobs.record import JobState
from bakehouse.jobs.subjects import JOB_KIND, JOBS_BUCKET
from bakehouse.patience import until_available
from bakehouse.registry.rebuild import rebuild
from bakehouse.registry.revisions import Revisions
from tests.faults.recorder import History
from tests.faults.studio import ACK_WAIT_S, SUPERVISE_ACK_WAIT_S, Studio

PHASES = (JobState.PLANNING, JobState.RUNNING, JobState.FINALISING)


class Chaos:
    """The faults that a studio can be made to suffer."""

    def __init__(self, studio: Studio, connection: Connection, history: History, rng: random.Random) -> None:
        self._studio = studio
        self._connection = connection
        self._history = history
        self._rng = rng
        self.faults: dict[str, Callable[[], Awaitable[None]]] = {
            "kill_supervisor": self.kill_supervisor,
            "kill_worker": self.kill_worker,
            "kill_child": self.kill_child,
            "kill_nats": self.kill_nats,
            "stop_worker": self.stop_worker,
            "stop_supervisor": self.stop_supervisor,
            "terminate_worker": self.terminate_worker,
            "lose_nats_disk": self.lose_nats_disk,
        }

    async def strike(self, name: str) -> None:
        self._history.note("fault", name=name)
        await self.faults[name]()
        self._history.note("fault_over", name=name)

    async def kill_supervisor(self) -> None:
        await self._kill_and_restart(self._rng.choice(self._studio.serves))

    async def kill_worker(self) -> None:
        await self._kill_and_restart(self._rng.choice(self._studio.works))

    async def kill_child(self) -> None:
        pid = self._studio.child_of(self._rng.choice(self._studio.works))
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def kill_nats(self) -> None:
        self._studio.nats.kill()
        await asyncio.sleep(self._rng.uniform(0.1, 1))
        self._studio.nats.start()

    async def stop_worker(self) -> None:
        await self._pause(self._rng.choice(self._studio.works), ACK_WAIT_S)

    async def stop_supervisor(self) -> None:
        await self._pause(self._rng.choice(self._studio.serves), SUPERVISE_ACK_WAIT_S)

    async def terminate_worker(self) -> None:
        name = self._rng.choice(self._studio.works)
        self._studio.signal(name, signal.SIGTERM)
        await asyncio.sleep(self._rng.uniform(0.1, 2))
        self._studio.kill(name)
        self._studio.start(name)

    async def lose_nats_disk(self) -> None:
        """What an operator does after it, the gateway does by itself: migrate, rebuild."""
        self._studio.nats.kill()
        self._studio.nats.lose_disk()
        self._studio.nats.start()
        await asyncio.sleep(0.5)
        await until_available(lambda: self._studio.migrate(self._connection), what="nats")
        revisions = Revisions(DirectoryStore(self._studio.store))
        await until_available(
            lambda: rebuild(self._connection, revisions, buckets={JOB_KIND: JOBS_BUCKET}), what="nats"
        )

    async def _kill_and_restart(self, name: str) -> None:
        self._studio.kill(name)
        await asyncio.sleep(self._rng.uniform(0, 1))
        self._studio.start(name)

    async def _pause(self, name: str, ack_wait_s: float) -> None:
        self._studio.signal(name, signal.SIGSTOP)
        await asyncio.sleep(ack_wait_s + self._rng.uniform(0.5, 1.5))
        self._studio.signal(name, signal.SIGCONT)


async def double_everything(connection: Connection) -> None:
    """Publish every message of the engine's streams a second time, for ever."""

    async def double(stream: str, pattern: str) -> None:
        seen: set[bytes] = set()
        async with tailing(connection, stream, pattern, start="new") as tail:
            async for message in tail:
                if isinstance(message, CaughtUp) or message.data in seen:
                    continue
                seen.add(message.data)
                with suppress(BakehouseError):
                    await connection.publish(message.subject, message.data)

    await asyncio.gather(
        double("DONE", "done.>"),
        double_queue(connection, "WORK", "work.>"),
        double_queue(connection, "SUPERVISE", "supervise.>"),
    )


async def double_queue(connection: Connection, stream: str, pattern: str) -> None:
    """A work queue lets nobody read along: its messages are found by subject, and published again once."""
    seen: set[str] = set()
    while True:
        with suppress(BakehouseError):
            for subject in await connection.subjects(stream, pattern):
                message = await connection.last_message(stream, subject)
                if message is not None and subject not in seen:
                    seen.add(subject)
                    await connection.publish(subject, message.data)
        await asyncio.sleep(0.1)
