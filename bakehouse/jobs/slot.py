"""One child's worth of work: a unit in, the word for its supervisor out, whatever happens to the child."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from bakehouse.jobs.breaker import Breaker
from bakehouse.jobs.child_process import ChildProcess, Death
from bakehouse.jobs.failures import FailureClass, UnitFailure
from bakehouse.jobs.isolation import Isolation
from bakehouse.jobs.messages import DoneMessage, WorkMessage
from bakehouse.jobs.pipe import WAITING, News, Order, Verb, Word
from bakehouse.jobs.results import new_attempt
from bakehouse.logs import get_logger

log = get_logger()


class Slot:
    """Computes units one after another in a child of its own."""

    def __init__(
        self, child: ChildProcess, breaker: Breaker, hear: Callable[[WorkMessage, News], None]
    ) -> None:
        """`hear` gets the news of units at work."""
        self.child = child
        self._hear = hear
        self.work: WorkMessage | None = None
        self._breaker = breaker
        self._cancelled = asyncio.Event()

    async def compute(self, work: WorkMessage) -> DoneMessage | None:
        """Compute a unit, finding out what kills its child; None when it was cancelled.

        A dependency that is down is waited for: this returns when it is back.

        Raises:
            UnavailableError: no child can be started here.
        """
        self.work = work
        self._cancelled.clear()
        try:
            return await self._try_until_settled(work)
        finally:
            self.work = None
            self.child.settle()

    async def cancel(self) -> None:
        """End the unit at work within 3 s."""
        self._cancelled.set()
        await self.child.cancel()

    async def _try_until_settled(self, work: WorkMessage) -> DoneMessage | None:
        isolation = Isolation()
        while True:
            await self.child.start()
            if self._cancelled.is_set():
                return None
            trial = isolation.trial()
            attempt = new_attempt()
            order = Order(
                work=work,
                attempt=attempt,
                excluded=trial.excluded,
                batch_limit=trial.batch_limit,
                probe=trial.probe,
                is_careful=trial.is_careful,
            )
            end = await self.child.carry_out(order, partial(self._hear, work))
            if self._cancelled.is_set():
                return None
            if isinstance(end, Word) and end.verb is Verb.FINISHED:
                self._breaker.succeed()
                return DoneMessage(plan=work.plan, unit=work.unit, attempt=attempt, result=end.result)
            failure = await self._learn(isolation, end)
            if failure is not None:
                return DoneMessage(plan=work.plan, unit=work.unit, attempt=attempt, failure=failure)

    async def _learn(self, isolation: Isolation, end: Word | Death) -> UnitFailure | None:
        """Note how a trial ended; the unit's failure, where it is not worth another one here."""
        if isinstance(end, Death):
            log.warning("piece_killed_child", items=list(end.piece[:4]), reason=end.reason)
            return isolation.died(end.piece, failure_class=end.failure_class, reason=end.reason)
        if end.verb is Verb.PROBED:
            isolation.survived_probe()
            return None
        if end.failure_class is FailureClass.MEMORY:
            await self.child.kill()  # a fresh process has its memory in one piece
            return isolation.out_of_memory(end.items, reason=end.reason)
        if end.failure_class is FailureClass.UNAVAILABLE:
            wait_s = self._breaker.fail(now=time.monotonic())
            log.warning("dependency_down", reason=end.reason, wait_s=round(wait_s, 2))
            if self.work is not None:
                self._hear(self.work, News(type=WAITING, id=new_attempt(), data={"reason": end.reason}))
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._cancelled.wait()
            return None
        return UnitFailure(failure_class=end.failure_class or FailureClass.BUG, reason=end.reason)
