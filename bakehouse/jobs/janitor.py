"""Mends what a crash between two steps or a lost stream left: jobs without supervisor, messages of jobs gone.

Any replica may do it at any time; doing it twice does no harm.
"""

import asyncio
from collections.abc import Iterable

from bakehouse.errors import BakehouseError, CorruptionError, NotFoundError
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs import subjects
from bakehouse.jobs.record import JobRecord
from bakehouse.jobs.records import JobRecords, JobSignal
from bakehouse.jobs.subjects import JobRef
from bakehouse.jobs.submit import request_supervision
from bakehouse.logs import get_logger
from bakehouse.registry.revisions import ResourceRef
from bakehouse.wire import UnknownSchemaError

log = get_logger()


class Janitor:
    """Looks after the jobs of one service. It is told of every change of a job by `notice`."""

    def __init__(self, connection: Connection, records: JobRecords, service: str) -> None:
        self._connection = connection
        self._records = records
        self._service = service
        self._unfinished: set[ResourceRef] = set()
        self._unknown: set[ResourceRef] = set()
        self._woken = asyncio.Event()

    def notice(self, signal: JobSignal) -> None:
        """Hear that a job changed."""
        if signal.state is None:
            self._unknown.add(signal.ref)  # rebuilt from the store, without headers
        elif signal.service == self._service and not signal.state.is_final:
            self._unfinished.add(signal.ref)
        else:
            self._unfinished.discard(signal.ref)

    def wake(self) -> None:
        """Look around now: NATS came back, perhaps without what it held."""
        self._woken.set()

    async def work(self, *, every_s: float) -> None:
        """Tidy up every so often, for ever."""
        while True:
            try:
                await self.tidy()
            except BakehouseError as error:
                log.warning("janitor_could_not_tidy", reason=error.message)
            self._woken.clear()
            try:
                async with asyncio.timeout(every_s):
                    await self._woken.wait()
                await asyncio.sleep(1)  # let what came back settle
            except TimeoutError:
                continue

    async def tidy(self) -> None:
        """Ask for a supervisor for each unfinished job without one, and purge what final jobs left."""
        await self._learn_unknown()
        supervised = await self._jobs_on(subjects.SUPERVISE, subjects.supervise_of_service(self._service))
        for resource in self._unfinished - {ref.resource for ref in supervised}:
            ref = JobRef(service=self._service, project=resource.project, job=resource.id)
            await request_supervision(self._connection, ref)
            log.info("supervision_requested", project=ref.project, job=ref.job)
        found = await self._connection.subjects(subjects.WORK, subjects.work_of_service(self._service))
        waiting = {subjects.job_of_work_subject(subject) for subject in found}
        for ref in await self._final(waiting):
            await self._connection.purge(subjects.WORK, subjects.work_of_job(ref))
        told = await self._jobs_on(subjects.DONE, subjects.done_of_service(self._service))
        for ref in await self._final(told):
            await self._connection.purge(subjects.DONE, subjects.done_subject(ref))

    async def _learn_unknown(self) -> None:
        for resource in list(self._unknown):
            record = await self._record(resource)
            if record is None:
                continue
            if record.service == self._service and not record.state.is_final:
                self._unfinished.add(resource)
            self._unknown.discard(resource)

    async def _jobs_on(self, stream: str, pattern: str) -> set[JobRef]:
        return {subjects.job_of_subject(found) for found in await self._connection.subjects(stream, pattern)}

    async def _final(self, refs: Iterable[JobRef]) -> list[JobRef]:
        return [ref for ref in refs if ref.resource not in self._unfinished and await self._is_over(ref)]

    async def _is_over(self, ref: JobRef) -> bool:
        try:
            record = await self._record(ref.resource)
        except NotFoundError:
            return True  # messages of a job that nobody knows
        return record is not None and record.state.is_final

    async def _record(self, resource: ResourceRef) -> JobRecord | None:
        """The record of a job; None where it can't be read here, which is no reason to leave the others."""
        try:
            return (await self._records.read(resource)).record
        except (CorruptionError, UnknownSchemaError) as error:
            log.error("record_not_understood", project=resource.project, job=resource.id, reason=str(error))
            return None
