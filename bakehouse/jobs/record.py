"""A job's record: what it is, how far it is, and the one function that says which change is legal.

Pure. In the bucket a record is a line of JSON and the bytes of its unit states; in the store each durable
revision is the line alone, since the states can be had again by listing results.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import StateError
from bakehouse.jobs.subjects import JobRef, WorkClass
from bakehouse.jobs.units import UnitStates
from bakehouse.wire import Wire


class JobState(StrEnum):
    """Where a job is. The last three are final."""

    QUEUED = "QUEUED"
    PLANNING = "PLANNING"
    RUNNING = "RUNNING"
    FINALISING = "FINALISING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether nothing can follow."""
        return self in _FINAL


class Priority(StrEnum):
    """What the user asked for. `auto` makes small jobs interactive."""

    AUTO = "auto"
    INTERACTIVE = "interactive"
    BULK = "bulk"


_FINAL = {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}
_FOLLOWERS = {
    JobState.QUEUED: {JobState.PLANNING, JobState.FAILED, JobState.CANCELLED},
    JobState.PLANNING: {JobState.RUNNING, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED},
    JobState.RUNNING: {JobState.FINALISING, JobState.FAILED, JobState.CANCELLED},
    JobState.FINALISING: {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A state that the job entered, and when (ISO 8601, UTC; for people, never for order)."""

    state: JobState
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """Why a job failed. `reason` is for programs, `message` for people, with the remedy."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """All that is known of a job. Fields that are None or 0 are not known yet.

    `version` counts its durable revisions. `epoch` grows whenever someone takes the job over; `supervisor` is
    who holds it. `num_announced` of its transitions are known to be in the event stream; `num_faults` times
    an error of ours stopped its supervisor. `plan_only`: it is over when it is planned. `num_reused` of
    `num_items` had results before, of an earlier job of the same plan. `is_answered`: an earlier job was
    asked the same, and its result is this one's. `accepted` names the blob that fixes which attempt of each
    unit counts, before anything is made of them.
    """

    service: str
    project: str
    job: str
    kind: str
    spec: Digest
    inputs: Mapping[str, Digest] = field(default_factory=dict)
    priority: Priority = Priority.AUTO
    request: str = ""
    request_digest: str = ""
    trace: str = ""
    plan_only: bool = False

    version: int = 0
    state: JobState = JobState.QUEUED
    epoch: int = 0
    supervisor: str = ""
    transitions: tuple[Transition, ...] = ()
    num_announced: int = 0
    num_faults: int = 0

    plan: Digest | None = None
    work_class: WorkClass = WorkClass.BULK
    num_units: int = 0
    num_items: int = 0
    num_hits: int = 0
    num_reused: int = 0
    is_answered: bool = False
    done_units: int = 0
    done_items: int = 0
    failed_items: int = 0
    accepted: Digest | None = None
    result: Json = None
    error: JobError | None = None

    @property
    def ref(self) -> JobRef:
        """Its address."""
        return JobRef(service=self.service, project=self.project, job=self.job)

    @property
    def planned_items(self) -> int:
        """Items that this job had or has to compute."""
        return self.num_items - self.num_reused

    @property
    def hit_items(self) -> int:
        """Items whose results were there before."""
        return self.num_hits + self.num_reused

    @property
    def computed_items(self) -> int:
        """Items that were computed since it was planned, failed ones included."""
        return max(0, self.done_items + self.failed_items - self.num_reused)


_WIRE = Wire(JobRecord, schema=1, what="record of a job")


def taken_over(record: JobRecord, *, supervisor: str) -> JobRecord:
    """The record with the next epoch, held by `supervisor`: whoever held an earlier one must stop.

    Raises:
        StateError: the job is over.
    """
    if record.state.is_final:
        raise StateError(f"job {record.job} is {record.state}")
    return replace(record, epoch=record.epoch + 1, supervisor=supervisor)


def entered(record: JobRecord, state: JobState, *, time: str) -> JobRecord:
    """The record in its next state. The only judge of which state may follow which.

    Raises:
        StateError: `state` can't follow the record's.
    """
    is_short_cut = record.state is JobState.PLANNING and state is JobState.SUCCEEDED
    may_cut_short = record.plan_only or record.is_answered
    if state not in _FOLLOWERS.get(record.state, set()) or (is_short_cut and not may_cut_short):
        raise StateError(f"job {record.job} is {record.state}; it can't become {state}")
    transition = Transition(state=state, time=time)
    return replace(record, state=state, transitions=(*record.transitions, transition))


def encode_record(record: JobRecord, units: UnitStates | None = None) -> bytes:
    """The record as the bucket holds it; without `units`, as the store does."""
    line = _WIRE.encode(record)
    return line if units is None else line + b"\n" + bytes(units)


def decode_record(data: bytes) -> tuple[JobRecord, UnitStates | None]:
    """What `encode_record` was given.

    Raises:
        CorruptionError: it is no record.
        UnknownSchemaError: a newer program wrote it.
    """
    line, newline, states = data.partition(b"\n")
    return _WIRE.decode(line), UnitStates(states) if newline else None
