"""Jobs' records where they live: read, created, swapped, and healed from the store if the bucket was lost."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bakehouse.errors import NotFoundError, StaleError
from bakehouse.jetstream.bucket import Bucket
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.record import JobRecord, JobState, decode_record, encode_record
from bakehouse.jobs.subjects import JOBS_BUCKET
from bakehouse.jobs.units import UnitStates
from bakehouse.registry.durable import DurableBucket
from bakehouse.registry.revisions import Candidate, ResourceRef, Revisions

_STATES = frozenset(JobState)
STATE_HEADER, EPOCH_HEADER, SERVICE_HEADER = "Bakehouse-State", "Bakehouse-Epoch", "Bakehouse-Service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A record as it was read, with the revision to swap it by. `units` is None where there are no states."""

    record: JobRecord
    units: UnitStates | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSignal:
    """What a watcher learns of a change without reading the record.

    `service` is "" after a rebuild; `state` is None then, and where a newer program wrote one unknown here.
    """

    ref: ResourceRef
    service: str
    state: JobState | None
    epoch: int


class JobRecords:
    """Reads and swaps jobs' records."""

    def __init__(self, connection: Connection, revisions: Revisions) -> None:
        self._revisions = revisions
        self._durable = DurableBucket(Bucket(connection, JOBS_BUCKET), revisions)

    async def create(self, record: JobRecord) -> Held:
        """Store a new job.

        Raises:
            StaleError: there is one of this id.
        """
        wanted = replace(record, version=1)
        data = encode_record(wanted)
        revision = await self._durable.write(
            wanted.ref.resource,
            data,
            stored=Candidate(version=1, data=data),
            revision=0,
            headers=_headers(wanted),
        )
        return Held(record=wanted, units=None, revision=revision)

    async def read(self, ref: ResourceRef) -> Held:
        """A job as it is now.

        Raises:
            NotFoundError: there is none.
        """
        entry = await self._durable.get(ref)
        if entry is None:
            await self._heal(ref)
            entry = await self._durable.get(ref)
        if entry is None:
            raise NotFoundError(f"job {ref.id} is not there")
        record, units = decode_record(entry.value)
        return Held(record=record, units=units, revision=entry.revision)

    async def swap(
        self, held: Held, record: JobRecord, units: UnitStates | None = None, *, durable: bool
    ) -> Held:
        """Replace what was read by `record`, its unit states by `units`.

        Args:
            held: what was read.
            record: what is to be.
            units: the states of its units, while it runs.
            durable: keep it in the store too: every change of state, epoch or result is.

        Raises:
            StaleError: someone swapped first.
        """
        if not durable:
            value = encode_record(record, units)
            revision = await self._durable.bucket.swap(
                record.ref.resource.key, value, revision=held.revision, headers=_headers(record)
            )
            return Held(record=record, units=units, revision=revision)
        wanted = replace(record, version=held.record.version + 1)
        revision = await self._durable.write(
            wanted.ref.resource,
            encode_record(wanted, units),
            stored=Candidate(version=wanted.version, rank=_rank(wanted), data=encode_record(wanted)),
            revision=held.revision,
            headers=_headers(wanted),
        )
        return Held(record=wanted, units=units, revision=revision)

    async def _heal(self, ref: ResourceRef) -> None:
        """Put the store's newest revision into a bucket that lost its own."""
        stored = await asyncio.to_thread(self._revisions.latest, ref)
        if stored is None:
            return
        record, _ = decode_record(stored)
        try:
            await self._durable.bucket.create(ref.key, stored, headers=_headers(record))
        except StaleError:  # someone else healed it
            return


def read_signal(key: str, headers: Mapping[str, str]) -> JobSignal | None:
    """What a change of the bucket's `key` says; None for a key that is no job."""
    parts = key.split(".")
    if len(parts) != 3:
        return None
    project, kind, job = parts
    state, epoch = headers.get(STATE_HEADER, ""), headers.get(EPOCH_HEADER, "")
    return JobSignal(
        ref=ResourceRef(project=project, kind=kind, id=job),
        service=headers.get(SERVICE_HEADER, ""),
        state=JobState(state) if state in _STATES else None,
        epoch=int(epoch) if epoch.isdecimal() else 0,
    )


def _rank(record: JobRecord) -> int:
    """Of two candidates for one revision: the later epoch, then the end of the job."""
    return 2 * record.epoch + record.state.is_final


def _headers(record: JobRecord) -> dict[str, str]:
    return {
        STATE_HEADER: record.state,
        EPOCH_HEADER: str(record.epoch),
        SERVICE_HEADER: record.service,
    }
