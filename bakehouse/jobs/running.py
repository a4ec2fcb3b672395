"""A job in RUNNING: keep a window of its units on the queue, accept results, until every unit has one.

All that it knows can be had again: which units are accepted from the record, their results from the
store, which wait from the stream. So it may be killed and begun anew anywhere.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from bakehouse.digest import Digest
from bakehouse.errors import CapacityError, NotFoundError, UnavailableError
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.acceptance import AcceptedAttempt, Verified, Verifier
from bakehouse.jobs.announce import announce_progress
from bakehouse.jobs.failures import FailureClass, UnitFailure
from bakehouse.jobs.messages import DoneMessage
from bakehouse.jobs.record import JobRecord
from bakehouse.jobs.records import Held, JobRecords
from bakehouse.jobs.results import AttemptRef
from bakehouse.jobs.sizing import window_units
from bakehouse.jobs.unit_queue import UnitQueue
from bakehouse.jobs.units import UnitStates
from bakehouse.jobs.window import MAX_FAILURES, Window
from bakehouse.logs import get_logger
from bakehouse.patience import until_available

_TICK_S = 1.0
_SWAP_EVERY_S = 1.0
_LOOK_EVERY_S = 5.0
_RATE_OVER_S = 10.0
_WORDS_AT_ONCE = 256
_REFUSED = UnitFailure(
    failure_class=FailureClass.BUG, reason="its result, or a blob that it names, is missing or damaged"
)

log = get_logger()


class JobFailureError(Exception):
    """The job can't succeed. `reason` is for programs, `message` for people."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class RunningJob:
    """Runs the units of one job. `words` brings what workers say of them."""

    def __init__(
        self,
        connection: Connection,
        records: JobRecords,
        held: Held,
        queue: UnitQueue,
        verifier: Verifier,
        words: asyncio.Queue[DoneMessage],
    ) -> None:
        self._connection = connection
        self._records = records
        self._held = held
        self._queue = queue
        self._verifier = verifier
        self._words = words
        self._window = Window(held.units or UnitStates(held.record.num_units))
        self._num_done = held.record.done_items if held.units else 0
        self._num_failed = held.record.failed_items if held.units else 0
        self._accepted: dict[int, AcceptedAttempt] = {}
        self._measured_items = self._measured_us = 0
        self._missing: set[int] = set()
        self._returned: deque[float] = deque()
        self._dirty = False
        self._swapped_at = self._looked_at = 0.0

    async def run(self) -> tuple[Held, JobRecord, Digest]:
        """Return when every unit is accepted: what is held, what to swap in, and which attempts count.

        Raises:
            JobFailureError: a unit failed too often, or the job itself can't work.
            StaleError: someone else changed the job.
        """
        await until_available(self._recover, what="results")
        while not self._window.units.all_accepted:
            await self._queue.publish(self._window.due(size=self._window_size(), now=time.monotonic()))
            await self._hear()
            await self._swap_if_due()
            await self._look_if_due()
        try:
            accepted = await until_available(
                lambda: self._verifier.fix(self._accepted, self._held.record.num_units), what="results"
            )
        except NotFoundError as error:
            raise JobFailureError("RESULT_LOST", error.message) from error
        return self._held, self._record(), accepted

    def item_s(self) -> float | None:
        """Seconds an item took, over the units that were accepted here."""
        return self._measured_us / 1e6 / self._measured_items if self._measured_items else None

    async def _recover(self) -> None:
        """Take what was done before: results that nobody accepted, units that are on the queue."""
        await self._accept(await self._verifier.find())
        self._window = Window(self._window.units, outstanding=await self._queue.present())
        self._looked_at = time.monotonic()

    async def _hear(self) -> None:
        """Wait a moment for workers' words and act on them."""
        try:
            async with asyncio.timeout(_TICK_S):
                words = [await self._words.get()]
        except TimeoutError:
            return
        while len(words) < _WORDS_AT_ONCE and not self._words.empty():
            words.append(self._words.get_nowait())
        ours = [word for word in words if word.plan == self._held.record.plan]
        done = [AttemptRef(unit=w.unit, attempt=w.attempt) for w in ours if w.failure is None]
        for unit in await until_available(lambda: self._accept(done), what="results"):
            self._note_failure(unit, _REFUSED)
        for word in ours:
            if word.failure is not None:
                self._note_failure(word.unit, word.failure)

    async def _accept(self, attempts: Sequence[AttemptRef]) -> list[int]:
        """Verify results of open units and accept the first whole one of each; the units of the others."""
        refused: list[int] = []
        fresh = [a for a in attempts if not self._window.units.is_accepted(a.unit)]
        for attempt, verified in zip(fresh, await self._verifier.verify(fresh), strict=True):
            if verified is None:
                refused.append(attempt.unit)
            elif self._window.accept(attempt.unit, has_failures=bool(verified.result.failures)):
                self._count(verified)
                log.debug("unit_accepted", unit=attempt.unit, attempt=attempt.attempt)
        return refused

    def _count(self, verified: Verified) -> None:
        result = verified.result
        self._accepted[result.unit] = verified.accepted
        self._num_done += result.num_done
        self._num_failed += len(result.failures)
        self._measured_items += result.num_done + len(result.failures)
        self._measured_us += result.duration_us
        self._returned.append(time.monotonic())
        self._dirty = True

    def _note_failure(self, unit: int, failure: UnitFailure) -> None:
        log.warning("unit_failed", unit=unit, failure_class=failure.failure_class, reason=failure.reason)
        if failure.failure_class is FailureClass.CONFIG:
            raise JobFailureError("CONFIG", failure.reason)
        if not self._window.retry(unit, now=time.monotonic()):
            raise JobFailureError(
                f"UNIT_{failure.failure_class.upper()}",
                f"unit {unit} of {len(self._window.units)} failed {MAX_FAILURES} times: {failure.reason}",
            )
        self._dirty = True

    async def _swap_if_due(self) -> None:
        """Record the progress, at most once a second; the last of it goes with the next state."""
        now = time.monotonic()
        if not self._dirty or now - self._swapped_at < _SWAP_EVERY_S or self._window.units.all_accepted:
            return
        self._swapped_at = now
        try:
            self._held = await self._records.swap(
                self._held, self._record(), self._window.units, durable=False
            )
            self._dirty = False
            await announce_progress(self._connection, self._held.record)
        except (UnavailableError, CapacityError) as error:
            log.warning("progress_not_noted", reason=error.message)

    async def _look_if_due(self) -> None:
        """Find outstanding units that nobody has: a lost queue, a lost word. Missing twice is lost."""
        now = time.monotonic()
        if now - self._looked_at < _LOOK_EVERY_S:
            return
        self._looked_at = now
        try:
            missing = self._window.outstanding - await self._queue.present()
            lost, self._missing = missing & self._missing, missing
            if lost:
                await self._accept(await self._verifier.find(lost))
        except UnavailableError as error:
            log.warning("queue_not_compared", reason=error.message)
            return
        for unit in lost:
            if not self._window.units.is_accepted(unit):
                log.warning("unit_lost", unit=unit)
                self._window.lost(unit)

    def _window_size(self) -> int:
        oldest = time.monotonic() - _RATE_OVER_S
        while self._returned and self._returned[0] < oldest:
            self._returned.popleft()
        return window_units(len(self._returned) / _RATE_OVER_S if self._returned else None)

    def _record(self) -> JobRecord:
        return replace(
            self._held.record,
            done_units=self._window.units.num_accepted,
            done_items=self._num_done,
            failed_items=self._num_failed,
        )
