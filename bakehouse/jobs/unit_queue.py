"""The part of a plan that is on JetStream: publishing units of one job, and seeing which are there."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import replace

from bakehouse.errors import CapacityError, UnavailableError
from bakehouse.jetstream.connection import MAX_BATCH, Connection, Outgoing
from bakehouse.jobs import subjects
from bakehouse.jobs.messages import WORK_WIRE, WorkMessage
from bakehouse.jobs.record import JobRecord
from bakehouse.logs import get_logger

log = get_logger()


class UnitQueue:
    """Publishes units of the job that `record` describes, to the workers of `pool`."""

    def __init__(self, connection: Connection, record: JobRecord, *, pool: str) -> None:
        assert record.plan is not None  # only a planned job has units
        self._connection = connection
        self._ref = record.ref
        self._work_class = record.work_class
        self._pool = pool
        self._epoch = record.epoch
        self._template = WorkMessage(
            service=record.service,
            project=record.project,
            job=record.job,
            kind=record.kind,
            spec=record.spec,
            plan=record.plan,
            unit=0,
            inputs=record.inputs,
            trace=record.trace,
        )
        self._unsent: deque[list[Outgoing]] = (
            deque()
        )  # batches: a part of one is never sent again with others
        self._num_sent: Counter[int] = Counter()

    async def publish(self, units: Iterable[int]) -> None:
        """Put units on the queue, all or none of up to a thousand at once.

        What NATS does not take now (it is away, or the stream is full) is kept and goes first next time,
        under the same message ids: an answer that was lost doubles nothing.
        """
        fresh = [self._outgoing(unit) for unit in units]
        self._unsent.extend(fresh[start : start + MAX_BATCH] for start in range(0, len(fresh), MAX_BATCH))
        while self._unsent:
            try:
                await self._send(self._unsent[0])
            except (UnavailableError, CapacityError) as error:
                num_units = sum(map(len, self._unsent))
                log.warning("units_not_published", num_units=num_units, reason=error.message)
                return
            self._unsent.popleft()

    async def _send(self, batch: list[Outgoing]) -> None:
        """Await the answer even when we are cancelled: what is on its way is stored behind a purge, else."""
        sending = asyncio.ensure_future(self._connection.publish_batch(batch))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait({sending})
            sending.exception()  # whatever it is, it was looked at
            raise

    async def present(self) -> set[int]:
        """The units that are on the queue, waiting or with a worker, or about to be.

        Raises:
            UnavailableError: NATS can't be asked.
        """
        found = await self._connection.subjects(subjects.WORK, subjects.work_of_job(self._ref))
        unsent = (message.subject for batch in self._unsent for message in batch)
        return {subjects.unit_of_subject(subject) for subject in (*found, *unsent)}

    def _outgoing(self, unit: int) -> Outgoing:
        self._num_sent[unit] += 1
        message = replace(self._template, unit=unit)
        return Outgoing(
            subject=subjects.work_subject(self._ref, self._pool, self._work_class, unit),
            data=WORK_WIRE.encode(message),
            message_id=f"{self._ref.project}/{self._ref.job}/{unit}/{self._epoch}-{self._num_sent[unit]}",
        )
