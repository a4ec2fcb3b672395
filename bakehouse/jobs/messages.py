"""The messages of the job engine. They carry ids and digests, never an image, a tensor or a secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bakehouse.digest import Digest
from bakehouse.jobs.failures import UnitFailure
from bakehouse.jobs.subjects import JobRef
from bakehouse.wire import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkMessage:
    """To a worker: compute unit `unit` of `plan`."""

    service: str
    project: str
    job: str
    kind: str
    spec: Digest
    plan: Digest
    unit: int
    inputs: Mapping[str, Digest] = field(default_factory=dict)
    trace: str = ""

    @property
    def ref(self) -> JobRef:
        """The job it is part of."""
        return JobRef(service=self.service, project=self.project, job=self.job)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneMessage:
    """To the supervisor: an attempt at a unit ended, with a result in the store or a failure."""

    plan: Digest
    unit: int
    attempt: str
    result: Digest | None = None
    failure: UnitFailure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuperviseMessage:
    """To a service: this job needs a supervisor."""

    project: str
    job: str


WORK_WIRE = Wire(WorkMessage, schema=1, what="work message")
DONE_WIRE = Wire(DoneMessage, schema=1, what="done message")
SUPERVISE_WIRE = Wire(SuperviseMessage, schema=1, what="supervise message")
