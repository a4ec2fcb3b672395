"""What jobs have made, in memory, by what it is: gathered from the records of jobs, which say it all.

Snapshots, adapters and base models are named by digest: of several jobs that made one, the first counts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.logs import get_logger
from bakehouse.rpc.names import ADAPTERS, BASE_MODELS, SHARED, SNAPSHOTS, TRAINING_RUNS
from bakehouse.rpc.paging import PageTokens
from gateway.pages import Page, PageWish, Shelf
from gateway.pipelines.stage_results import RegisterResult, SetAside, TableResult, TrainResult, read_result

REGISTER, SNAPSHOT, TRAIN = "encoder.register", "dataset.snapshot", "trainer.train"

T = TypeVar("T", bound="Artifact")

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """Something that job `job` of `project` made at `time`. `id` is the last segment of its name."""

    project: str
    id: str
    job: str
    time: str

    @property
    def order(self) -> str:
        """What it is listed by: of one length for each sort."""
        return self.time


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(Artifact):
    """A snapshot; its id is what its manifest says."""

    manifest: Digest
    counts: Mapping[str, int]
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter(Artifact):
    """An exported adapter; its id is its file."""

    epoch: int
    step: int
    is_last: bool

    @property
    def order(self) -> str:
        """By its run, then by its step."""
        return f"{self.time} {self.step:012d}"


class ArtifactListing:
    """The artifacts of each project, by the time they were made; training runs, by when they began."""

    def __init__(self, tokens: PageTokens) -> None:
        self._tokens = tokens
        self._snapshots: dict[str, Shelf[Snapshot]] = {}
        self._adapters: dict[str, Shelf[Adapter]] = {}
        self._runs: dict[str, Shelf[Artifact]] = {}
        self._base_models: dict[str, Shelf[Artifact]] = {}

    def note(self, record: JobRecord) -> None:
        """Take what a job has made."""
        if record.plan_only:
            return
        if record.kind == TRAIN and record.transitions:
            run = Artifact(
                project=record.project, id=record.job, job=record.job, time=record.transitions[0].time
            )
            _keep(self._runs, run)
        if record.state is JobState.SUCCEEDED:
            try:
                self._take(record)
            except CorruptionError as error:
                log.error("artifacts_not_listed", job=record.job, reason=error.message)

    def snapshot(self, project: str, name: str) -> Snapshot | None:
        """A snapshot; None where there is none."""
        return _shelf(self._snapshots, project).get(name)

    def adapter(self, project: str, name: str) -> Adapter | None:
        """An adapter; None where there is none."""
        return _shelf(self._adapters, project).get(name)

    def base_model(self, project: str, name: str) -> Artifact | None:
        """A base model; None where there is none."""
        return _shelf(self._base_models, project).get(name)

    def snapshots(self, project: str, wanted: PageWish) -> Page[Snapshot]:
        """A page of a project's snapshots, the newest first."""
        return _shelf(self._snapshots, project).page(wanted, self._tokens, SNAPSHOTS, project)

    def adapters(self, project: str, run: str, wanted: PageWish) -> Page[Adapter]:
        """A page of the adapters of a project, or of one run of it, the newest first."""
        keep: Callable[[Adapter], bool] = lambda adapter: run in {"", adapter.job}  # noqa: E731 - its type
        return _shelf(self._adapters, project).page(wanted, self._tokens, ADAPTERS, project, run, keep=keep)

    def runs(self, project: str, wanted: PageWish, *, most: int) -> Page[Artifact]:
        """A page of a project's training runs, the newest first, at most `most`."""
        return _shelf(self._runs, project).page(wanted, self._tokens, TRAINING_RUNS, project, most=most)

    def base_models(self, project: str, wanted: PageWish, *, most: int) -> Page[Artifact]:
        """A page of base models, the newest first, at most `most`. All of them belong to `shared`."""
        return _shelf(self._base_models, project).page(wanted, self._tokens, BASE_MODELS, project, most=most)

    def _take(self, record: JobRecord) -> None:
        if record.kind == SNAPSHOT:
            _keep(self._snapshots, _snapshot_of(record))
        elif record.kind == REGISTER:
            result = read_result(RegisterResult, record.result, job=record.job)
            time = record.transitions[-1].time
            made = Artifact(project=SHARED, id=result.base_model, job=record.job, time=time)
            _keep(self._base_models, made)
        elif record.kind == TRAIN:
            for adapter in _adapters_of(record):
                _keep(self._adapters, adapter)


def _snapshot_of(record: JobRecord) -> Snapshot:
    result = read_result(TableResult, record.result, job=record.job)
    return Snapshot(
        project=record.project,
        id=result.manifest.content,
        job=record.job,
        time=record.transitions[-1].time,
        manifest=result.manifest.blob,
        counts=result.counts,
        set_aside=result.set_aside,
    )


def _adapters_of(record: JobRecord) -> Iterator[Adapter]:
    result = read_result(TrainResult, record.result, job=record.job)
    for export in result.adapters:
        yield Adapter(
            project=record.project,
            id=export.digest,
            job=record.job,
            time=record.transitions[-1].time,
            epoch=export.epoch,
            step=export.step,
            is_last=export.digest == result.adapter,
        )


def _keep(shelves: dict[str, Shelf[T]], made: T) -> None:
    shelf = shelves.setdefault(made.project, Shelf())
    held = shelf.get(made.id)
    if held is None or (made.time, made.job) < (held.time, held.job):
        shelf.put(made.id, made, time=made.order)


def _shelf(shelves: dict[str, Shelf[T]], project: str) -> Shelf[T]:
    return shelves.get(project, Shelf())
