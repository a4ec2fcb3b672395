"""What the client gives and takes: frozen values of plain types. They know nothing of gRPC.

The contract's own messages are mutable, hold every number of a spec as a float, and name states by integers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bakehouse.digest import Digest


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
        return self in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


class Priority(StrEnum):
    """Which work is taken first. AUTO takes small jobs first."""

    AUTO = "AUTO"
    INTERACTIVE = "INTERACTIVE"
    BULK = "BULK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project. Send it back with `projects.update` as it was read, and no other change is overwritten."""

    name: str
    display_name: str
    labels: Mapping[str, str]
    create_time: datetime
    update_time: datetime
    etag: str

    @property
    def id(self) -> str:
        """The last segment of its name."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """How far a job is. Items are what users count; units are what workers take at a time.

    The planned counts are 0 until the job is planned. `hit_items` needed no work and are not among the
    planned ones. `remaining_s` is None where the pace is not known.
    """

    planned_units: int
    done_units: int
    planned_items: int
    done_items: int
    failed_items: int
    hit_items: int
    remaining_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """Why a job failed: `message` for people, `reason` and `details` for programs."""

    reason: str
    message: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it was when it was read. Only a FAILED one has an error, only a SUCCEEDED one a result.

    A list gives no specs: there it is None.
    """

    name: str
    kind: str
    spec: Mapping[str, Any] | None
    inputs: Mapping[str, Digest]
    priority: Priority
    state: JobState
    progress: JobProgress
    error: JobError | None
    result: Mapping[str, Any] | None
    epoch: int
    create_time: datetime
    start_time: datetime | None
    end_time: datetime | None
    etag: str

    @property
    def id(self) -> str:
        """The last segment of its name."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to the resource `subject`. Watch on from `resume_token`: it is not repeated.

    `type` is like `bakehouse.job.state`; `time` is for people, the stream itself is the order of events.
    """

    id: str
    type: str
    subject: str
    time: datetime
    data: Mapping[str, Any]
    resume_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What a studio is: its version, the store's driver, and the kinds of job that its services do."""

    version: str
    store_driver: str
    kinds: tuple[str, ...]
