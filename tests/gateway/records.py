"""Records of jobs for tests."""

from bakehouse.digest import Digest, digest_bytes
from bakehouse.jobs.record import JobRecord, JobState, Transition

SPEC = Digest(digest_bytes(b"{}"))


def record(
    job: str = "j", *, project: str = "p", created: int = 0, version: int = 1, kind: str = "toy.bake"
) -> JobRecord:
    """A queued job, created so many seconds after a certain moment."""
    time = f"2026-01-01T{created // 3600:02d}:{created // 60 % 60:02d}:{created % 60:02d}.000+00:00"
    return JobRecord(
        service="toy",
        project=project,
        job=job,
        kind=kind,
        spec=SPEC,
        version=version,
        transitions=(Transition(state=JobState.QUEUED, time=time),),
    )


RUNNING = JobRecord(
    service="toy",
    project="p",
    job="j",
    kind="toy.bake",
    spec=SPEC,
    version=3,
    epoch=1,
    state=JobState.RUNNING,
    transitions=tuple(
        Transition(state=state, time=f"2026-01-01T00:00:0{n}.000+00:00")
        for n, state in enumerate((JobState.QUEUED, JobState.PLANNING, JobState.RUNNING))
    ),
)
