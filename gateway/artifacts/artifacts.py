"""Datasets, snapshots, base models, training runs and adapters, to look at. Nothing is made here."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from bakehouse.base_model import BaseModel, load_base_model
from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import ObjectStore
from bakehouse.digest import Digest
from bakehouse.errors import NotFoundError
from bakehouse.jobs.record import JobRecord
from bakehouse.rpc.names import (
    ADAPTERS,
    BASE_MODELS,
    DATASETS,
    SHARED,
    SNAPSHOTS,
    TRAINING_RUNS,
    ResourceName,
)
from gateway.artifacts.listing import TRAIN, Adapter, Artifact, ArtifactListing, Snapshot
from gateway.event_stream import EventStream
from gateway.jobs import Jobs
from gateway.listings import JobListing
from gateway.pages import Page, PageWish
from gateway.pipelines.listing import Dataset, PipelineListing
from gateway.pipelines.stage_results import ExportResult, read_result
from gateway.projects import Projects

_PAGE = 100  # where each entry is read, or is large
_WORDS: Mapping[str, str] = {
    DATASETS: "datasets",
    SNAPSHOTS: "snapshots",
    BASE_MODELS: "base models",
    TRAINING_RUNS: "training runs",
    ADAPTERS: "adapters",
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModel:
    """A base model and its description."""

    made: Artifact
    model: BaseModel


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactSources:
    """Where artifacts are found."""

    artifacts: ArtifactListing
    pipelines: PipelineListing
    jobs: JobListing
    events: EventStream


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun:
    """A job that trains. `exported` are the adapters so far where it is at work, and was asked for alone."""

    job: JobRecord
    exported: tuple[ExportResult, ...] = ()


class Artifacts:
    """The artifacts of all projects."""

    def __init__(
        self, *, sources: ArtifactSources, store: ObjectStore, projects: Projects, jobs: Jobs
    ) -> None:
        self._sources = sources
        self._store = store
        self._projects = projects
        self._jobs = jobs

    async def dataset(self, name: ResourceName) -> Dataset:
        """A dataset.

        Raises:
            NotFoundError: there is none.
        """
        await self._projects.require_room(name.project)
        return _found(self._sources.pipelines.dataset(name.project, name.id), name)

    async def datasets(self, project: str, wanted: PageWish) -> Page[Dataset]:
        """A page of a project's datasets, by id.

        Raises:
            NotFoundError: there is no such project.
            InvalidInputError: no page can be so.
        """
        await self._projects.require_room(project)
        return self._sources.pipelines.datasets(project, wanted)

    async def snapshot(self, name: ResourceName) -> Snapshot:
        """A snapshot.

        Raises:
            NotFoundError: there is none.
        """
        await self._projects.require_room(name.project)
        return _found(self._sources.artifacts.snapshot(name.project, name.id), name)

    async def snapshots(self, project: str, wanted: PageWish) -> Page[Snapshot]:
        """A page of a project's snapshots, the newest first. Raises as `datasets`."""
        await self._projects.require_room(project)
        return self._sources.artifacts.snapshots(project, wanted)

    async def base_model(self, name: ResourceName) -> RegisteredModel:
        """A base model.

        Raises:
            NotFoundError: there is none.
            CorruptionError: its description is damaged.
        """
        await self._projects.require_room(name.project)
        return await self._described(_found(self._sources.artifacts.base_model(name.project, name.id), name))

    async def base_models(self, project: str, wanted: PageWish) -> Page[RegisteredModel]:
        """A page of base models, the newest first. Raises as `datasets`."""
        await self._projects.require_room(project)
        found = self._sources.artifacts.base_models(project, wanted, most=_PAGE)
        return Page(entries=[await self._described(made) for made in found.entries], next=found.next)

    async def training_run(self, name: ResourceName) -> TrainingRun:
        """A training run as it is now, with what it has exported.

        Raises:
            NotFoundError: there is none.
        """
        await self._projects.require_room(name.project)
        try:
            record = await self._jobs.read(name.project, name.id)
        except NotFoundError as error:
            raise _missing(name) from error
        job = _found(record if record.kind == TRAIN and not record.plan_only else None, name)
        return TrainingRun(job=job, exported=() if job.state.is_final else await self._exported(job))

    async def training_runs(self, project: str, wanted: PageWish) -> Page[TrainingRun]:
        """A page of a project's training runs, the newest first. Raises as `datasets`."""
        await self._projects.require_room(project)
        found = self._sources.artifacts.runs(project, wanted, most=_PAGE)
        records = [self._sources.jobs.find(project, run.job) for run in found.entries]
        entries = [TrainingRun(job=record) for record in records if record is not None]
        return Page(entries=entries, next=found.next)

    async def adapter(self, name: ResourceName) -> Adapter:
        """An adapter.

        Raises:
            NotFoundError: there is none.
        """
        await self._projects.require_room(name.project)
        return _found(self._sources.artifacts.adapter(name.project, name.id), name)

    async def adapters(self, parent: ResourceName, wanted: PageWish) -> Page[Adapter]:
        """A page of the adapters of a project or a training run, the newest first. Raises as `datasets`."""
        await self._projects.require_room(parent.project)
        run = parent.id if parent.collection == TRAINING_RUNS else ""
        return self._sources.artifacts.adapters(parent.project, run, wanted)

    async def _exported(self, job: JobRecord) -> tuple[ExportResult, ...]:
        """What a run at work told of its adapters; one that goes on from a checkpoint tells some again."""
        told = await self._sources.events.few(f"events.{job.project}.job.{job.job}.adapter")
        by_step = {
            event.data["step"]: read_result(ExportResult, dict(event.data), job=job.job) for event in told
        }
        return tuple(by_step.values())

    async def _described(self, made: Artifact) -> RegisteredModel:
        blobs = Blobs(self._store, SHARED)
        model = await asyncio.to_thread(load_base_model, blobs, Digest(made.id))
        return RegisteredModel(made=made, model=model)


def _found(entry: T | None, name: ResourceName) -> T:
    if entry is None:
        raise _missing(name)
    return entry


def _missing(name: ResourceName) -> NotFoundError:
    return NotFoundError(
        f"{name} is not there; check the name, or list {_WORDS[name.collection]}",
        fields={"resource": str(name)},
    )
