"""The names on NATS: streams, subjects, durable consumers. Every word that two processes must agree on."""

from dataclasses import dataclass
from enum import StrEnum

from bakehouse.registry.revisions import ResourceRef

WORK = "WORK"  # units waiting for a worker
SUPERVISE = "SUPERVISE"  # jobs waiting for a supervisor
DONE = "DONE"  # workers' words to supervisors
JOBS_BUCKET = "jobs"
JOB_KIND = "job"  # as a kind of resource


class WorkClass(StrEnum):
    """Interactive units are taken first."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRef:
    """A job's address: its service, project and id."""

    service: str
    project: str
    job: str

    @property
    def resource(self) -> ResourceRef:
        """Its address as a resource."""
        return ResourceRef(project=self.project, kind=JOB_KIND, id=self.job)


def work_subject(ref: JobRef, pool: str, work_class: WorkClass, unit: int) -> str:
    """Where a unit waits. The unit is part of it, so that the stream itself says which units it holds."""
    return f"work.{ref.service}.{pool}.{work_class}.{ref.project}.{ref.job}.{unit}"


def work_of_job(ref: JobRef) -> str:
    """All waiting units of a job."""
    return f"work.{ref.service}.*.*.{ref.project}.{ref.job}.*"


def work_of_service(service: str) -> str:
    """All waiting units of a service."""
    return f"work.{service}.>"


def unit_of_subject(subject: str) -> int:
    """The unit that waits under a work subject."""
    return int(subject.rpartition(".")[2])


def job_of_work_subject(subject: str) -> JobRef:
    """The job whose unit waits under a work subject."""
    _, service, _, _, project, job, _ = subject.split(".")
    return JobRef(service=service, project=project, job=job)


def work_consumer(service: str, pool: str, work_class: WorkClass) -> str:
    """The durable consumer that all workers of a pool share for a class; autoscalers read its lag."""
    return f"work-{service}-{pool}-{work_class}"


def work_of_pool(service: str, pool: str, work_class: WorkClass) -> str:
    """What that consumer consumes."""
    return f"work.{service}.{pool}.{work_class}.>"


def supervise_subject(ref: JobRef) -> str:
    """Where a job waits for its supervisor: at most one message each."""
    return f"supervise.{ref.service}.{ref.project}.{ref.job}"


def supervise_of_service(service: str) -> str:
    """All jobs of a service that have no finished supervisor."""
    return f"supervise.{service}.>"


def supervise_consumer(service: str) -> str:
    """The durable consumer that all replicas of a service's `serve` share."""
    return f"supervise-{service}"


def done_subject(ref: JobRef) -> str:
    """Where workers say what became of a job's units."""
    return f"done.{ref.service}.{ref.project}.{ref.job}"


def done_of_service(service: str) -> str:
    """All of what a service's workers say."""
    return f"done.{service}.>"


def job_of_subject(subject: str) -> JobRef:
    """The job of a supervise or done subject."""
    _, service, project, job = subject.split(".")
    return JobRef(service=service, project=project, job=job)
