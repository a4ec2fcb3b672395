"""Pipelines: checked and accepted, read with what their jobs gave, listed, cancelled, stopped.

What is done next in one is pipeline.py's affair, and driver.py does it.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import ObjectStore
from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import CorruptionError, InvalidInputError, NotFoundError, StaleError, StateError
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.registry.records import Registry, Resource, now_text, request_digest
from bakehouse.rpc.etags import check_etag
from bakehouse.rpc.names import SHARED
from gateway.about import about
from gateway.creation import Asking, preview
from gateway.jobs import Kinds
from gateway.pages import Page, PageWish
from gateway.pipelines.forecast import Forecast, forecast
from gateway.pipelines.jobs import PipelineJobs
from gateway.pipelines.listing import PipelineFilter, PipelineListing
from gateway.pipelines.recipe import Recipe, parse_recipe
from gateway.pipelines.record import (
    PIPELINE_KIND,
    Entered,
    NamedDataset,
    Pipeline,
    PipelineBody,
    PipelineState,
    decode_pipeline,
    encode_body,
    entered,
    pipeline_name,
    pipeline_ref,
)
from gateway.pipelines.stage_results import TableResult, most_texts, read_result
from gateway.pipelines.steps import PLANNING, Baking, Mode, results_of, stages_of
from gateway.projects import Projects
from gateway.secrets import refuse_secrets

MAX_FRESH = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineWish:
    """A pipeline that someone wants.

    Raises:
        InvalidInputError: `fresh` is too long.
    """

    recipe: Mapping[str, Json]
    mode: Mode = Mode.BAKE
    fresh: str = ""

    def __post_init__(self) -> None:
        if len(self.fresh) > MAX_FRESH:
            raise InvalidInputError(
                f"pipeline.fresh: {len(self.fresh)} characters; use at most {MAX_FRESH}, a UUID say",
                field="pipeline.fresh",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineView:
    """A pipeline with its jobs by slot. In lists there is no recipe and no forecast."""

    pipeline: Pipeline
    jobs: Mapping[str, JobRecord]
    recipe: Mapping[str, Json] | None = None
    forecast: list[Forecast] = field(default_factory=list)


class Pipelines:
    """The pipelines of all projects."""

    def __init__(
        self,
        *,
        registry: Registry,
        store: ObjectStore,
        projects: Projects,
        kinds: Kinds,
        jobs: PipelineJobs,
        listing: PipelineListing,
    ) -> None:
        self._registry = registry
        self._store = store
        self._projects = projects
        self._kinds = kinds
        self._jobs = jobs
        self._listing = listing

    async def create(self, project: str, pipeline: str, wish: PipelineWish, asking: Asking) -> PipelineView:
        """Accept a pipeline; the one that is there, if the same request made it.

        Raises:
            NotFoundError: there is no such project.
            InvalidInputError: the recipe can't be, or holds secrets, or the request's id was used for
                something else.
            AlreadyExistsError: the id is taken.
        """
        await self._projects.require(project)
        refuse_secrets(wish.recipe, place="recipe", field="pipeline.recipe")
        recipe = parse_recipe(wish.recipe)
        for stage in stages_of(recipe, wish.mode):
            for kind in filter(None, (stage.kind, stage.check)):
                self._kinds.service_of(kind)
        await self._check_listings(project, recipe)
        wanted = _wanted(project, pipeline or asking.new_id(PIPELINE_KIND, project), wish, recipe, asking)
        with about(pipeline_name(project, wanted.id)):
            if asking.validate_only:
                found = decode_pipeline(await preview(self._registry, wanted))
                return PipelineView(pipeline=found, jobs={}, recipe=wish.recipe)
            await asyncio.to_thread(Blobs(self._store, project).put, canonical_bytes(dict(wish.recipe)))
            created = decode_pipeline(await self._registry.create(wanted))
        self._listing.note(created)
        return await self._view(created)

    async def get(self, project: str, pipeline: str) -> PipelineView:
        """A pipeline as it is now, with all that its jobs gave.

        Raises:
            NotFoundError: there is none.
        """
        return await self._view(await self.read(project, pipeline))

    async def read(self, project: str, pipeline: str) -> Pipeline:
        """A pipeline's record as it is now.

        Raises:
            NotFoundError: there is none.
        """
        name = pipeline_name(project, pipeline)
        with about(name):
            try:
                return decode_pipeline(await self._registry.get(pipeline_ref(project, pipeline)))
            except NotFoundError as error:
                raise NotFoundError(f"{name} is not there; check the name, or list the pipelines") from error

    async def page(self, project: str, chosen: PipelineFilter, wanted: PageWish) -> Page[PipelineView]:
        """A page of a project's pipelines, the newest first.

        Raises:
            NotFoundError: there is no such project.
            InvalidInputError: no page can be so.
        """
        await self._projects.require(project)
        found = self._listing.page(project, chosen, wanted)
        views = [PipelineView(pipeline=entry, jobs=self._jobs.noted(entry)) for entry in found.entries]
        return Page(entries=views, next=found.next)

    async def cancel(
        self, project: str, pipeline: str, *, etag: str, validate_only: bool = False
    ) -> PipelineView:
        """End a pipeline and its jobs now. One that is over stays as it is.

        Raises:
            NotFoundError: there is none.
            StaleError: `etag` is given and another by now.
        """
        while True:
            found = await self.read(project, pipeline)
            if not found.body.state.is_final:
                check_etag(etag, revision=found.resource.version, name=str(found.name))
                body = entered(found.body, PipelineState.CANCELLED, time=now_text())
                if validate_only:
                    return await self._view(replace(found, body=body))
                try:
                    found = await self._swap(found, body)
                except StaleError:
                    continue  # the next look says whether that matters
                await self._jobs.end(await self._jobs.of(found))  # should we die here, the driver ends them
            return await self._view(found)

    async def stop(self, project: str, pipeline: str, *, validate_only: bool = False) -> PipelineView:
        """Ask a pipeline's training to export what it has and end. One that is over stays as it is.

        Raises:
            NotFoundError: there is none.
            StateError: training has not begun.
        """
        while True:
            found = await self.read(project, pipeline)
            train = (await self._jobs.of(found)).get("train")
            if found.body.state.is_final or (train is not None and train.state.is_final):
                return await self._view(found)
            with about(found.name):
                key, job = _stop_key(found, train)
            body = replace(found.body, stop_requested=True)
            if validate_only:
                return await self._view(replace(found, body=body))
            await asyncio.to_thread(self._store.put, key, [job.encode()], size_bytes=len(job.encode()))
            try:
                return await self._view(await self._swap(found, body))
            except StaleError:
                continue  # it may be over by now

    async def _swap(self, pipeline: Pipeline, body: PipelineBody) -> Pipeline:
        wanted = replace(pipeline.resource, body=encode_body(body))
        swapped = decode_pipeline(await self._registry.update(wanted, version=pipeline.resource.version))
        self._listing.note(swapped)
        return swapped

    async def _view(self, pipeline: Pipeline) -> PipelineView:
        blobs = Blobs(self._store, pipeline.resource.project)
        try:
            data: dict[str, Json] = json.loads(await asyncio.to_thread(blobs.get, pipeline.body.recipe))
        except NotFoundError as error:
            raise CorruptionError(
                f"the recipe of {pipeline.name} is missing from the store; restore it from a backup"
            ) from error
        jobs = await self._jobs.of(pipeline)
        found = [] if pipeline.body.mode is Mode.BAKE else await self._forecast(pipeline, data, jobs)
        return PipelineView(pipeline=pipeline, jobs=jobs, recipe=data, forecast=found)

    async def _forecast(
        self, pipeline: Pipeline, recipe: dict[str, Json], jobs: Mapping[str, JobRecord]
    ) -> list[Forecast]:
        most = None
        if snapshot := results_of(jobs).get("snapshot"):
            ref = read_result(TableResult, snapshot, job=jobs["snapshot"].job).manifest.blob
            most = most_texts(await asyncio.to_thread(Blobs(self._store, pipeline.resource.project).get, ref))
        baking = Baking(recipe=parse_recipe(recipe), mode=pipeline.body.mode, fresh=pipeline.body.fresh)
        goes_on = await asyncio.to_thread(self._has_checkpoint, pipeline, jobs.get(f"train{PLANNING}"))
        return forecast(baking, jobs, most_texts=most, has_checkpoint=goes_on)

    def _has_checkpoint(self, pipeline: Pipeline, train: JobRecord | None) -> bool:
        if train is None or train.plan is None:
            return False
        return any(True for _ in self._store.list(f"{_checkpoints(pipeline, train.plan)}step-"))

    async def _check_listings(self, project: str, recipe: Recipe) -> None:
        wanted = [
            (project, f"datasets.{entry.id}.{key}", digest)
            for entry in recipe.datasets
            for key, digest in entry.blobs.items()
        ]
        wanted.append((SHARED, "base_model", recipe.base_model))
        if recipe.tagger is not None:
            wanted.append((SHARED, "captioning.tagger", recipe.tagger))
        for room, place, digest in wanted:
            if not await asyncio.to_thread(Blobs(self._store, room).has, digest):
                raise InvalidInputError(
                    f"recipe.{place}: projects/{room} has no blob {digest}; upload the listing and its files",
                    field="pipeline.recipe",
                )


def _wanted(project: str, pipeline: str, wish: PipelineWish, recipe: Recipe, asking: Asking) -> Resource:
    blob: Digest = digest_bytes(canonical_bytes(dict(wish.recipe)))
    body = PipelineBody(
        recipe=blob,
        mode=wish.mode,
        fresh=wish.fresh,
        stages=tuple(stage.name for stage in stages_of(recipe, wish.mode)),
        datasets=tuple(NamedDataset(id=entry.id, listing=entry.listing) for entry in recipe.datasets),
        entered=(Entered(state=PipelineState.QUEUED, time=now_text()),),
    )
    return Resource(
        project=project,
        kind=PIPELINE_KIND,
        id=pipeline,
        body=encode_body(body),
        request=asking.request,
        request_digest=request_digest({"recipe": blob, "mode": wish.mode, "fresh": wish.fresh}),
    )


def _stop_key(pipeline: Pipeline, train: JobRecord | None) -> tuple[str, str]:
    """The object that asks the training job to end, and the job's id, which is what it says."""
    if pipeline.body.mode is Mode.PLAN:
        raise StateError(f"{pipeline.name} only plans and trains nothing; cancel it instead")
    if train is None or train.plan is None or train.state not in {JobState.RUNNING, JobState.FINALISING}:
        raise StateError(f"{pipeline.name}: training has not begun; wait for it, or cancel the pipeline")
    return f"{_checkpoints(pipeline, train.plan)}stop", train.job


def _checkpoints(pipeline: Pipeline, plan: Digest) -> str:
    """Below which the run of a plan keeps what it goes on from, as docs/stages.md says."""
    return f"{pipeline.resource.project}/checkpoints/{plan}/"
