"""A worker: a light parent that takes units from a pool, lets its children compute them, and says so.

It never blocks: heartbeats, cancels and NATS's pings go on whatever a child does.
"""

import asyncio
import random
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from bakehouse.errors import BakehouseError, CorruptionError, UnavailableError
from bakehouse.jetstream.connection import Connection
from bakehouse.jetstream.pull import Delivery
from bakehouse.jobs.breaker import Breaker
from bakehouse.jobs.child_process import ChildProcess, ChildSpec
from bakehouse.jobs.intake import Intake, taking_in
from bakehouse.jobs.keeper import Keeper, keeping
from bakehouse.jobs.liveness import Liveness
from bakehouse.jobs.messages import DONE_WIRE, WORK_WIRE, DoneMessage, WorkMessage
from bakehouse.jobs.newsroom import Newsroom
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.slot import Slot
from bakehouse.jobs.subjects import done_subject
from bakehouse.logs import get_logger
from bakehouse.patience import until_available
from bakehouse.registry.revisions import ResourceRef
from bakehouse.wire import UnknownSchemaError

_TOO_NEW_DELAY_S = 30.0
_ACK_TRIES = 3
_SETTLING_AT_ONCE = 32
_SHORT_UNIT_S = 1.0
_NEWS_S = 5.0

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSpec:
    """What a worker process does.

    `idle_s` is how long a child that has worked may idle before it is ended, and its model with it;
    `drain_s` how long units at work may go on after the worker was told to stop.
    """

    service: str
    pool: str
    child: ChildSpec
    num_children: int = 1
    ack_wait_s: float = 30.0
    idle_s: float = 300.0
    drain_s: float = 8.0


class Worker:
    """Runs until it is told to stop."""

    def __init__(self, connection: Connection, records: JobRecords, spec: WorkerSpec) -> None:
        self._connection = connection
        self._spec = spec
        self._breaker = Breaker(random.Random())
        self._newsroom = Newsroom(connection)
        self._slots = [
            Slot(ChildProcess(spec.child), self._breaker, self._newsroom.hear)
            for _ in range(spec.num_children)
        ]
        self._liveness = Liveness(connection, records, self._end_job)
        self._background: set[asyncio.Task[None]] = set()
        self._settling_room = asyncio.Semaphore(_SETTLING_AT_ONCE)

    @property
    def is_idle(self) -> bool:
        """Whether no unit is at work."""
        return all(slot.work is None for slot in self._slots)

    @property
    def child_pids(self) -> list[int | None]:
        """The children's process ids; None for one that is not running."""
        return [slot.child.pid for slot in self._slots]

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; then finish or hand back within `drain_s`.

        Raises:
            UnavailableError: a child can't be started here.
        """
        async with AsyncExitStack() as stack:
            for slot in self._slots:
                stack.push_async_callback(slot.child.kill)
                await slot.child.start()
            keeper = await stack.enter_async_context(keeping(ack_wait_s=self._spec.ack_wait_s))
            for watch in (self._liveness.follow(), self._newsroom.run()):
                watching = asyncio.create_task(watch)
                watching.add_done_callback(partial(_stop_without, stop))
                stack.callback(watching.cancel)
            await self._work(keeper, stop)
            await self._newsroom.settle(within_s=1)

    async def _work(self, keeper: Keeper, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        async with taking_in(
            self._connection,
            service=self._spec.service,
            pool=self._spec.pool,
            keeper=keeper,
            breaker=self._breaker,
        ) as intake:
            loops = [asyncio.create_task(self._serve(slot, intake, keeper)) for slot in self._slots]
            log.info("worker_ready", pool=self._spec.pool, num_children=len(loops))
            await asyncio.wait({stopping, *loops}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await self._drain(loops)

    async def _drain(self, loops: list[asyncio.Task[None]]) -> None:
        """Let units at work end, for a while; hand back the rest."""
        _, late = await asyncio.wait(loops, timeout=self._spec.drain_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
        if self._background:
            await asyncio.wait(self._background, timeout=1)
        for task in loops:
            if not task.cancelled():
                task.result()  # a child that could not be started ends the worker with its reason

    async def _serve(self, slot: Slot, intake: Intake, keeper: Keeper) -> None:
        """Compute unit after unit in one slot, until the intake is closed."""
        while True:
            idle_s = self._spec.idle_s if slot.child.is_used else None
            delivery = await intake.next(wait_s=idle_s)
            if delivery is None and intake.is_closed:
                return
            if delivery is None:
                log.info("idle_child_replaced")
                await slot.child.kill()
                await slot.child.start()
                continue
            try:
                await self._handle(slot, delivery, intake, keeper)
            except BaseException:
                keeper.release(delivery)
                await delivery.hand_back()
                raise

    async def _handle(self, slot: Slot, delivery: Delivery, intake: Intake, keeper: Keeper) -> None:
        try:
            work = WORK_WIRE.decode(delivery.data)
        except UnknownSchemaError as error:
            log.error("work_too_new", reason=str(error))
            keeper.release(delivery)
            await delivery.hand_back(delay_s=_TOO_NEW_DELAY_S)
            return
        except CorruptionError:
            log.error("work_not_understood", subject=delivery.subject)
            await self._take_off(delivery, keeper)
            return
        if not await self._liveness.is_live(work.ref.resource):
            await self._take_off(delivery, keeper)
            return
        started = time.monotonic()
        done = await slot.compute(work)
        is_short = time.monotonic() - started < _SHORT_UNIT_S
        intake.fetch_ahead(len(self._slots) if is_short else 0)
        await self._settling_room.acquire()
        self._spawn(self._settle(delivery, work, done, keeper))

    async def _settle(
        self, delivery: Delivery, work: WorkMessage, done: DoneMessage | None, keeper: Keeper
    ) -> None:
        """Say what became of a unit, then take it off the queue. The next unit is at work meanwhile."""
        try:
            if done is not None and await self._liveness.is_live(work.ref.resource):
                await self._newsroom.settle(within_s=_NEWS_S)  # or it would come behind the job's end
                subject, data = done_subject(work.ref), DONE_WIRE.encode(done)
                message_id = f"{done.plan[:16]}/{done.unit}/{done.attempt}"
                await until_available(
                    lambda: self._connection.publish(subject, data, message_id=message_id),
                    what="done stream",
                )
            await self._take_off(delivery, keeper)
        except BakehouseError as error:
            log.error("unit_not_settled", job=work.job, unit=work.unit, reason=error.message)
            keeper.release(delivery)
            await delivery.hand_back()
        finally:
            self._settling_room.release()

    async def _take_off(self, delivery: Delivery, keeper: Keeper) -> None:
        """Ack; if NATS does not answer, leave it: a second run of a unit is only a waste."""
        for _ in range(_ACK_TRIES):
            try:
                await delivery.ack()
                break
            except UnavailableError as error:
                log.warning("unit_not_acked", reason=error.message)
                await asyncio.sleep(0.5)
        keeper.release(delivery)

    async def _end_job(self, ref: ResourceRef) -> None:
        for slot in self._slots:
            if slot.work is not None and slot.work.ref.resource == ref:
                log.info("unit_cancelled", job=ref.id, unit=slot.work.unit)
                self._spawn(slot.cancel())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("worker_task_failed", exc_info=error)


def _stop_without(stop: asyncio.Event, watching: asyncio.Task[None]) -> None:
    """A worker that no longer hears of cancels must not work on."""
    if not watching.cancelled() and (error := watching.exception()):
        log.error("worker_deaf", exc_info=error)
        stop.set()
