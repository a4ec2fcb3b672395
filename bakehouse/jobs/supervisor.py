"""One job from where it is to its end. Whoever holds the job's epoch runs this; it may be killed anywhere.

Every step reads what is there, does its part and swaps the record; a swap that fails says that someone else
acted, and then only the record tells what remains to be done.
"""

import asyncio
import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import ObjectStore
from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import Digest
from bakehouse.errors import BakehouseError, CapacityError, StaleError, UnavailableError
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs import subjects
from bakehouse.jobs.acceptance import Verifier, read_accepted
from bakehouse.jobs.announce import announce_transitions, announce_waiting
from bakehouse.jobs.answers import Answer, Answers, Edition
from bakehouse.jobs.messages import DoneMessage
from bakehouse.jobs.plan import PlanFor, PlanHeader, PlanReader, PlanWriter
from bakehouse.jobs.rates import Rates
from bakehouse.jobs.record import JobError, JobRecord, JobState, Priority, entered, taken_over
from bakehouse.jobs.records import Held, JobRecords, JobSignal
from bakehouse.jobs.results import UnitResult
from bakehouse.jobs.running import JobFailureError, RunningJob
from bakehouse.jobs.sizing import Sizing
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary, Stage
from bakehouse.jobs.stage_thread import in_own_thread, until_stopped
from bakehouse.jobs.subjects import JobRef, WorkClass
from bakehouse.jobs.unit_queue import UnitQueue
from bakehouse.logs import get_logger
from bakehouse.patience import until_available
from bakehouse.registry.records import now_text
from bakehouse.topology import Service

MAX_FAULTS = 3
MAX_RESULT_BYTES = 32_768  # the record with it, and a byte a unit, goes into a bucket

T = TypeVar("T")

log = get_logger()


class SupersededError(Exception):
    """Someone else holds the job now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every supervisor of a process works with. `instance` names the process."""

    connection: Connection
    records: JobRecords
    store: ObjectStore
    stage: Stage
    service: Service
    rates: Rates
    edition: Edition
    instance: str
    scratch: Path


class Supervisor:
    """Holds one job. What workers say of it is put into its `words`."""

    def __init__(self, desk: Desk, ref: JobRef) -> None:
        self._desk = desk
        self._ref = ref
        self._blobs = Blobs(desk.store, ref.project)
        self._answers = Answers(self._blobs, desk.edition)
        self._epoch = 0
        self._lost = asyncio.Event()
        self.words: asyncio.Queue[DoneMessage] = asyncio.Queue()

    def notice(self, signal: JobSignal) -> None:
        """Hear that the record changed; if someone else took the job or ended it, `run` stops."""
        if self._epoch and (signal.epoch > self._epoch or (signal.state and signal.state.is_final)):
            self.let_go()

    def let_go(self) -> None:
        """Stop: the job is over or in other hands."""
        self._lost.set()

    async def run(self) -> None:
        """Carry the job to its end and clean up behind it.

        Raises:
            SupersededError: someone else holds it.
            NotFoundError: there is no such job.
        """
        carrying = asyncio.create_task(self._carry())
        losing = asyncio.create_task(self._lost.wait())
        try:
            await asyncio.wait({carrying, losing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            losing.cancel()
            if not carrying.done():
                carrying.cancel()
            await asyncio.wait({carrying})
        if not carrying.cancelled():
            return carrying.result()
        # The signal may have been of our own last swap or of another's: the record tells.
        held = await self._reread()
        if not held.record.state.is_final:
            raise SupersededError("a later delivery of the same job")
        await self._clean_up(held)
        return None

    async def _carry(self) -> None:
        held = await until_available(self._take_over, what="job record")
        while not held.record.state.is_final:
            try:
                held = await self._step(held)
            except StaleError:
                held = await self._reread()
        await self._clean_up(held)

    async def _take_over(self) -> Held:
        """Read the job and make it ours."""
        while True:
            held = await self._desk.records.read(self._ref.resource)
            if held.record.state.is_final:
                return held
            record = taken_over(held.record, supervisor=self._desk.instance)
            if record.state is JobState.QUEUED:
                record = entered(record, JobState.PLANNING, time=now_text())
            self._epoch = record.epoch
            try:
                held = await self._desk.records.swap(held, record, held.units, durable=True)
            except StaleError:
                continue
            log.info("job_taken", epoch=self._epoch, state=record.state)
            return await self._announced(held)

    async def _reread(self) -> Held:
        """The job as it is after someone else changed it.

        Raises:
            SupersededError: it is in other hands.
        """
        held = await until_available(lambda: self._desk.records.read(self._ref.resource), what="job record")
        if held.record.epoch != self._epoch and not held.record.state.is_final:
            raise SupersededError(f"epoch {held.record.epoch} by {held.record.supervisor}")
        return held

    async def _step(self, held: Held) -> Held:
        """Bring the job into its next state."""
        try:
            match held.record.state:
                case JobState.PLANNING:
                    return await self._plan(held)
                case JobState.RUNNING:
                    return await self._run_units(held)
                case _:
                    return await self._finalise(held)
        except JobFailureError as error:
            return await self._fail(JobError(reason=error.reason, message=error.message))
        except (StaleError, UnavailableError, CapacityError):
            raise
        except BakehouseError as error:
            return await self._fail(JobError(reason=error.reason, message=error.message))
        except Exception as error:  # noqa: BLE001 - a stage may raise anything; the job must end
            return await self._note_fault(error)

    async def _plan(self, held: Held) -> Held:
        record = held.record
        if (answer := await until_available(lambda: self._answer(record), what="store")) is not None:
            return await self._enter(held, _answered(record, answer), JobState.SUCCEEDED)
        sizing = Sizing(item_s=await self._desk.rates.item_s(record.kind))

        def plan(stop: threading.Event) -> tuple[Digest, PlanHeader]:
            purpose = PlanFor(kind=record.kind, spec=record.spec)
            writer = PlanWriter(self._blobs, purpose, stop=stop)
            request = PlanRequest(
                kind=record.kind,
                spec=self._spec(record),
                inputs=record.inputs,
                blobs=self._blobs,
                sizing=sizing,
                scratch=self._desk.scratch,
            )
            summary: PlanSummary = self._desk.stage.plan(request, writer)
            return writer.finish(num_hits=summary.num_hits, context=summary.context)

        waiting = partial(announce_waiting, self._desk.connection, record)
        digest, header = await until_available(lambda: in_own_thread(plan), what="store", tell=waiting)
        planned = replace(
            record,
            plan=digest,
            num_units=header.num_units,
            num_items=header.num_items,
            num_hits=header.num_hits,
            work_class=_work_class(record.priority, sizing, header),
        )
        stored = await until_available(lambda: self._stored(planned), what="results")
        planned = replace(planned, num_reused=sum(stored.values()))
        log.info("job_planned", num_units=header.num_units, num_items=header.num_items)
        if not record.plan_only:
            return await self._enter(held, planned, JobState.RUNNING)
        result = _forecast(planned, num_units=header.num_units - len(stored))
        return await self._enter(held, replace(planned, result=result), JobState.SUCCEEDED)

    async def _answer(self, record: JobRecord) -> Answer | None:
        """What an earlier job gave that was asked the same."""
        if record.kind not in self._desk.service.functions:
            return None
        return await asyncio.to_thread(self._answers.find, record)

    async def _stored(self, record: JobRecord) -> dict[int, int]:
        """Items of each unit that has a result already, of an earlier job of the same plan."""
        assert record.plan is not None  # it was just made
        verifier = Verifier(self._blobs, record.plan, record.job)
        found = [verified.result for verified in await verifier.verify(await verifier.find()) if verified]
        return {result.unit: result.num_done + len(result.failures) for result in found}

    async def _run_units(self, held: Held) -> Held:
        assert held.record.plan is not None  # RUNNING follows PLANNING
        pool = self._desk.service.pool_of(held.record.kind)
        queue = UnitQueue(self._desk.connection, held.record, pool=pool.name)
        verifier = Verifier(self._blobs, held.record.plan, held.record.job)
        running = RunningJob(self._desk.connection, self._desk.records, held, queue, verifier, self.words)
        held, record, accepted = await running.run()
        entering = await self._enter(held, replace(record, accepted=accepted), JobState.FINALISING)
        if (item_s := running.item_s()) is not None:
            await until_available(lambda: self._desk.rates.note(record.kind, item_s), what="rates")
        return entering

    async def _finalise(self, held: Held) -> Held:
        record = held.record
        if record.num_items and record.failed_items == record.num_items and not record.num_hits:
            why = await until_available(lambda: in_own_thread(lambda _: self._a_reason(record)), what="store")
            raise JobFailureError(
                "ALL_ITEMS_FAILED", f"none of {record.num_items} items could be computed; of the first: {why}"
            )

        is_cut_short = threading.Event()

        def finalise(stop: threading.Event) -> Json:
            assert record.plan is not None
            assert record.accepted is not None  # FINALISING follows RUNNING
            request = FinaliseRequest(
                kind=record.kind,
                spec=self._spec(record),
                inputs=record.inputs,
                blobs=self._blobs,
                plan=PlanReader(self._blobs).header(record.plan),
                results=_noticing(
                    is_cut_short,
                    until_stopped(read_accepted(self._blobs, record.plan, record.accepted), stop),
                ),
                scratch=self._desk.scratch,
            )
            return self._desk.stage.finalise(request)

        waiting = partial(announce_waiting, self._desk.connection, record)
        result = await until_available(lambda: in_own_thread(finalise), what="store", tell=waiting)
        if (size_bytes := len(canonical_bytes(result))) > MAX_RESULT_BYTES:
            raise JobFailureError(
                "RESULT_TOO_LARGE",
                f"a result of {size_bytes} bytes, at most {MAX_RESULT_BYTES}; keep lists in blobs",
            )
        done = replace(record, result=result)
        if record.kind in self._desk.service.functions and not is_cut_short.is_set():
            noting = partial(asyncio.to_thread, self._answers.note, done)
            await until_available(noting, what="store", tell=waiting)
        return await self._enter(held, done, JobState.SUCCEEDED)

    def _a_reason(self, record: JobRecord) -> str:
        """Why the first item that failed did."""
        assert record.plan is not None
        assert record.accepted is not None  # as above
        results = read_accepted(self._blobs, record.plan, record.accepted)
        return next(failure.reason for result in results for failure in result.failures)

    async def _fail(self, error: JobError) -> Held:
        log.warning("job_failed", reason=error.reason, message=error.message)
        held = await self._reread()  # progress may have been noted since the step began
        if held.record.state.is_final:
            return held
        return await self._enter(held, replace(held.record, error=error), JobState.FAILED)

    async def _note_fault(self, error: Exception) -> Held:
        """Count an error of ours; the third ends the job."""
        held = await self._reread()
        log.error("stage_failed", state=held.record.state, exc_info=error)
        record = replace(held.record, num_faults=held.record.num_faults + 1)
        if record.num_faults >= MAX_FAULTS:
            what = f"an error in Bakehouse ({type(error).__name__}) while {record.state}"
            return await self._fail(JobError(reason="INTERNAL", message=f"{what}; report it with the log"))
        return await until_available(
            lambda: self._desk.records.swap(held, record, held.units, durable=True), what="job record"
        )

    async def _enter(self, held: Held, record: JobRecord, state: JobState) -> Held:
        """Swap in the next state and say so."""
        record = entered(record, state, time=now_text())
        swapped = await until_available(
            lambda: self._desk.records.swap(held, record, durable=True), what="job record"
        )
        return await self._announced(swapped)

    async def _announced(self, held: Held) -> Held:
        record = await until_available(
            lambda: announce_transitions(self._desk.connection, held.record), what="events"
        )
        return replace(held, record=record)

    async def _clean_up(self, held: Held) -> None:
        """Leave nothing of a job that is over on NATS but its record and its events."""
        connection = self._desk.connection
        await self._announced(held)
        await until_available(
            lambda: connection.purge(subjects.WORK, subjects.work_of_job(self._ref)), what="work stream"
        )
        await until_available(
            lambda: connection.purge(subjects.DONE, subjects.done_subject(self._ref)), what="done stream"
        )
        log.info("job_over", state=held.record.state)

    def _spec(self, record: JobRecord) -> Json:
        spec: Json = json.loads(self._blobs.get(record.spec))
        return spec


def _noticing(is_cut_short: threading.Event, results: Iterable[UnitResult]) -> Iterator[UnitResult]:
    """The results; what is made of one that is cut short is no answer for others."""
    for result in results:
        if result.is_cut_short:
            is_cut_short.set()
        yield result


def _answered(record: JobRecord, answer: Answer) -> JobRecord:
    answered = replace(record, plan=answer.plan, num_hits=answer.num_items, is_answered=True)
    result = _forecast(answered, num_units=0) if record.plan_only else answer.result
    return replace(answered, result=result)


def _forecast(record: JobRecord, *, num_units: int) -> Json:
    """The result of a job that is only planned."""
    return {
        "planned_units": num_units,
        "planned_items": record.planned_items,
        "hit_items": record.hit_items,
    }


def _work_class(priority: Priority, sizing: Sizing, header: PlanHeader) -> WorkClass:
    if priority is Priority.AUTO:
        small = sizing.is_interactive(num_units=header.num_units, num_items=header.num_items)
        return WorkClass.INTERACTIVE if small else WorkClass.BULK
    return WorkClass(priority.value)
