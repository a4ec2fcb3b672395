"""What was made of which manifest, in memory: gathered from the records of jobs, which name their inputs."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jobs.record import JobRecord, JobState
from gateway.artifacts.listing import TRAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What a job made of a manifest at `time`: another one, or a training run's adapters."""

    job: str
    kind: str
    time: str
    manifest: Digest | None
    content: Digest | None
    adapters: tuple[Digest, ...]

    @property
    def is_training(self) -> bool:
        """Whether it is a training run."""
        return self.kind == TRAIN


class DerivedListing:
    """The jobs that took a manifest as their input, by that manifest's blob."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Digest], dict[str, Derived]] = defaultdict(dict)

    def note(self, record: JobRecord) -> None:
        """Take what a job has made."""
        if record.plan_only or record.state is not JobState.SUCCEEDED or not record.inputs:
            return
        derived = _derived(record)
        for blob in record.inputs.values():
            self._found[record.project, blob][record.job] = derived

    def of(self, project: str, manifest: Digest) -> Iterator[Derived]:
        """What was made of a manifest, and of what was made of it, each once, the nearest first."""
        waiting, seen = [manifest], {manifest}
        told: set[str] = set()
        while waiting:
            found = self._found.get((project, waiting.pop(0)), {})
            for derived in sorted(found.values(), key=lambda one: (one.time, one.job)):
                if derived.job not in told:
                    told.add(derived.job)
                    yield derived
                if derived.manifest is not None and derived.manifest not in seen:
                    seen.add(derived.manifest)
                    waiting.append(derived.manifest)


def _derived(record: JobRecord) -> Derived:
    blob, content = _manifest(record.result)
    return Derived(
        job=record.job,
        kind=record.kind,
        time=record.transitions[-1].time if record.transitions else "",
        manifest=blob,
        content=content,
        adapters=_adapters(record.result),
    )


def _manifest(result: Json) -> tuple[Digest | None, Digest | None]:
    match result:
        case {"manifest": {"blob": str(blob), "content": str(content)}}:
            return Digest(blob), Digest(content)
    return None, None


def _adapters(result: Json) -> tuple[Digest, ...]:
    match result:
        case {"adapters": list(exports)}:
            return tuple(
                Digest(str(export["digest"]))
                for export in exports
                if isinstance(export, dict) and "digest" in export
            )
    return ()
