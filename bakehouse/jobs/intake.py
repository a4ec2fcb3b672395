"""Where a worker's units come from: both classes asked for at once, interactive ones taken first."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from bakehouse.errors import UnavailableError
from bakehouse.jetstream.connection import Connection
from bakehouse.jetstream.pull import Delivery, Pull, pulling
from bakehouse.jobs.breaker import Breaker
from bakehouse.jobs.keeper import Keeper
from bakehouse.jobs.subjects import WORK, WorkClass, work_consumer
from bakehouse.logs import get_logger

_PULL_S = 30.0
_PATIENCE_S = 2.0  # how long a unit waits in a busy worker before another worker may have it

log = get_logger()


class Intake:
    """Units that have come and not begun. Made by `taking_in`."""

    def __init__(self, pulls: Mapping[WorkClass, Pull], keeper: Keeper, breaker: Breaker) -> None:
        self._pulls = pulls
        self._keeper = keeper
        self._breaker = breaker
        self._ready: dict[WorkClass, deque[Delivery]] = {work_class: deque() for work_class in pulls}
        self._takers: deque[asyncio.Future[Delivery | None]] = deque()
        self._room = asyncio.Event()
        self._returning: set[asyncio.Task[None]] = set()
        self._ahead = 0
        self._closed = False

    def fetch_ahead(self, num_units: int) -> None:
        """From now on fetch this many units before they can begin: worth it where units are very short."""
        self._ahead = num_units
        self._room.set()

    @property
    def is_closed(self) -> bool:
        """Whether nothing more will come."""
        return self._closed

    async def next(self, *, wait_s: float | None) -> Delivery | None:
        """The next unit to begin, kept alive until it is released; None after `wait_s` or when closed."""
        for ready in self._ready.values():
            if ready:
                self._room.set()
                return ready.popleft()
        if self._closed:
            return None
        future: asyncio.Future[Delivery | None] = asyncio.get_running_loop().create_future()
        self._takers.append(future)
        self._room.set()
        await asyncio.wait({future}, timeout=wait_s)
        if future.done():
            return future.result()
        self._takers.remove(future)
        return None

    async def ask(self, work_class: WorkClass) -> None:
        """Fetch units of a class while there is room for them and their dependencies work, for ever."""
        while True:
            await self._room.wait()
            if not self._has_room():
                self._room.clear()
                continue
            if not self._breaker.is_closed:
                await asyncio.sleep(0.25)
                continue
            try:
                delivery = await self._pulls[work_class].take(wait_s=_PULL_S)
            except UnavailableError as error:
                log.debug("nothing_to_take", reason=error.message)
                await asyncio.sleep(0.5)
                continue
            if delivery is not None:
                self._keeper.hold(delivery)
                self._offer(work_class, delivery)

    async def close(self) -> None:
        """Take in no more, and give back all that has not begun."""
        self._closed = True
        for future in self._takers:
            if not future.done():
                future.set_result(None)
        for ready in self._ready.values():
            while ready:
                await self._give_back(ready.popleft())

    def _offer(self, work_class: WorkClass, delivery: Delivery) -> None:
        while self._takers:
            future = self._takers.popleft()
            if not future.done():
                future.set_result(delivery)
                return
        self._ready[work_class].append(delivery)
        patience_s = 0 if self._closed else _PATIENCE_S
        asyncio.get_running_loop().call_later(patience_s, self._expire, work_class, delivery)

    def _expire(self, work_class: WorkClass, delivery: Delivery) -> None:
        if delivery in self._ready[work_class]:
            self._ready[work_class].remove(delivery)
            task = asyncio.ensure_future(self._give_back(delivery))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)

    async def _give_back(self, delivery: Delivery) -> None:
        self._keeper.release(delivery)
        await delivery.hand_back()

    def _has_room(self) -> bool:
        return len(self._takers) + self._ahead > sum(len(ready) for ready in self._ready.values())


@asynccontextmanager
async def taking_in(
    connection: Connection, *, service: str, pool: str, keeper: Keeper, breaker: Breaker
) -> AsyncIterator[Intake]:
    """An `Intake` of a pool's units for the length of a `with`; what has not begun is then given back."""
    async with AsyncExitStack() as stack:
        pulls = {
            work_class: await stack.enter_async_context(
                pulling(connection, stream=WORK, durable=work_consumer(service, pool, work_class))
            )
            for work_class in WorkClass
        }
        intake = Intake(pulls, keeper, breaker)
        asking = [asyncio.create_task(intake.ask(work_class)) for work_class in WorkClass]
        try:
            yield intake
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
            await intake.close()
