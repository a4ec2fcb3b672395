"""Starting and cancelling jobs: what the gateway does for its callers."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import ObjectStore
from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import NotFoundError, StaleError
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs import subjects
from bakehouse.jobs.announce import announce_transitions
from bakehouse.jobs.messages import SUPERVISE_WIRE, SuperviseMessage
from bakehouse.jobs.record import JobRecord, JobState, Priority, Transition, entered
from bakehouse.jobs.records import Held, JobRecords
from bakehouse.jobs.subjects import JobRef
from bakehouse.registry.records import now_text, request_digest, require_same_request


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOrder:
    """A job that someone wants. `request` identifies the asking: the same again gives the same job.

    With `plan_only` it is over when it is planned: its result says what there would be to compute.
    """

    service: str
    project: str
    job: str
    kind: str
    spec: Json
    request: str
    inputs: Mapping[str, Digest] = field(default_factory=dict)
    priority: Priority = Priority.AUTO
    trace: str = ""
    plan_only: bool = False

    def new_record(self) -> JobRecord:
        """The record of this job before anything was done for it."""
        asked: dict[str, Json] = {
            "kind": self.kind,
            "spec": self.spec,
            "inputs": dict(self.inputs),
            "priority": self.priority,
        }
        if self.plan_only:
            asked["plan_only"] = True
        return JobRecord(
            service=self.service,
            project=self.project,
            job=self.job,
            kind=self.kind,
            spec=digest_bytes(canonical_bytes(self.spec)),
            inputs=self.inputs,
            priority=self.priority,
            request=self.request,
            request_digest=request_digest(asked),
            trace=self.trace,
            plan_only=self.plan_only,
            transitions=(Transition(state=JobState.QUEUED, time=now_text()),),
        )


class JobDesk:
    """Takes orders and cancellations. What it has answered survives any crash."""

    def __init__(self, connection: Connection, store: ObjectStore, records: JobRecords) -> None:
        self._connection = connection
        self._store = store
        self._records = records

    async def submit(self, order: JobOrder) -> JobRecord:
        """Queue a job; the one that is there, if the same request queued it.

        Raises:
            AlreadyExistsError: the id is taken.
            InvalidInputError: `request` was used for another job.
        """
        wanted = order.new_record()
        try:
            held = await self._records.read(wanted.ref.resource)
        except NotFoundError:
            held = await self._create(order, wanted)
        require_same_request(
            f"job {order.job}",
            asked=(order.request, wanted.request_digest),
            found=(held.record.request, held.record.request_digest),
        )
        if held.record.state is JobState.QUEUED:  # whoever created it may have died before these
            await announce_transitions(self._connection, held.record)
            await request_supervision(self._connection, held.record.ref)
        return held.record

    async def cancel(self, ref: JobRef, *, version: int | None = None) -> JobRecord:
        """End a job now: its state, its waiting units, and through the event its workers.

        A job that is over stays as it is.

        Args:
            ref: the job.
            version: the one that the caller saw; None: whichever is there.

        Raises:
            NotFoundError: there is no such job.
            StaleError: it has another version by now.
        """
        while True:
            held = await self._records.read(ref.resource)
            if held.record.state.is_final:
                return held.record
            if version is not None and held.record.version != version:
                raise StaleError(f"job {ref.job} has changed since you read it; read it again")
            record = entered(held.record, JobState.CANCELLED, time=now_text())
            try:
                held = await self._records.swap(held, record, durable=True)
            except StaleError:
                continue  # its supervisor noted progress meanwhile
            record = await announce_transitions(self._connection, held.record)
            await self._connection.purge(subjects.WORK, subjects.work_of_job(ref))
            return record

    async def _create(self, order: JobOrder, wanted: JobRecord) -> Held:
        data = canonical_bytes(order.spec)
        await asyncio.to_thread(Blobs(self._store, order.project).put, data)
        try:
            return await self._records.create(wanted)
        except StaleError:
            return await self._records.read(wanted.ref.resource)


async def request_supervision(connection: Connection, ref: JobRef) -> None:
    """Ask the job's service for a supervisor, unless the question is already there."""
    message = SUPERVISE_WIRE.encode(SuperviseMessage(project=ref.project, job=ref.job))
    with suppress(StaleError):
        await connection.publish(subjects.supervise_subject(ref), message, after_sequence=0)
