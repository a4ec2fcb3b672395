"""What drives pipelines, with no gateway around it: real NATS, a folder, jobs that the test itself ends."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bakehouse.base_model import BaseModel, save_base_model
from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.record import JobError, JobRecord, JobState, entered
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.subjects import JOB_KIND
from bakehouse.jobs.submit import JobDesk
from bakehouse.registry.records import Registry, now_text
from bakehouse.registry.revisions import ResourceRef, Revisions
from bakehouse.rpc.paging import PageTokens
from gateway.creation import Asking
from gateway.ending import end
from gateway.jobs import Kinds
from gateway.listings import Listings
from gateway.pipelines.driver import PipelineDriver
from gateway.pipelines.jobs import PipelineJobs
from gateway.pipelines.pipelines import Pipelines, PipelineView, PipelineWish
from gateway.projects import ProjectFields, Projects
from tests.gateway.bakes import KINDS as KINDS_OF_STAGES
from tests.gateway.bakes import RESULTS, digest, recipe

KINDS = Kinds({"play": KINDS_OF_STAGES})
PARTS = ("vae", "text_encoder", "tokenizer", "denoiser", "scheduler")


@dataclass(frozen=True, kw_only=True)
class Backroom:
    """Pipelines of one project. Nobody works in its jobs: the test says how they end."""

    connection: Connection
    store: DirectoryStore
    desk: JobDesk
    records: JobRecords
    listings: Listings
    jobs: PipelineJobs
    pipelines: Pipelines
    registry: Registry
    project: str

    def recipe(self, **changes: Json) -> dict[str, Json]:
        """A recipe whose listings are there."""
        for room, content in (("shared", b"base"), ("shared", b"tagger"), (self.project, b"pics")):
            Blobs(self.store, room).put(content)
        return recipe(**changes)

    async def create(self, name: str = "b", wish: PipelineWish | None = None) -> PipelineView:
        wanted = wish or PipelineWish(recipe=self.recipe())
        return await self.pipelines.create(self.project, name, wanted, Asking(request_id=f"request-{name}"))

    async def view(self, name: str = "b") -> PipelineView:
        return await self.pipelines.get(self.project, name)

    async def until_job(self, slot: str, name: str = "b") -> JobRecord:
        async with asyncio.timeout(20):
            while slot not in (found := (await self.view(name)).jobs):
                await asyncio.sleep(0.02)
        return found[slot]

    async def until_over(self, name: str = "b") -> PipelineView:
        async with asyncio.timeout(20):
            while not (found := await self.view(name)).pipeline.body.is_settled:
                await asyncio.sleep(0.02)
        return found

    async def succeed(self, slot: str, result: Mapping[str, Json] | None = None) -> None:
        """The job is there and over, with a result as its stage gives it."""
        await self.until_job(slot)
        given = dict(RESULTS[slot]) if result is None else dict(result)
        if slot == "register" and result is None:
            given = {"base_model": self.register()}
        for state in (JobState.PLANNING, JobState.RUNNING, JobState.FINALISING):
            await self._enter(slot, state)
        await self._enter(slot, JobState.SUCCEEDED, result=given)
        if slot == "snapshot":  # whose job is started with the check
            await self.check()

    async def check(self) -> None:
        """The trainer has found nothing wrong with what it will be asked."""
        await self.until_job("train-check")
        await self._enter("train-check", JobState.PLANNING)
        await self._enter("train-check", JobState.SUCCEEDED)

    async def begin(self, slot: str, plan: Digest) -> None:
        """Somebody works in the job."""
        await self._enter(slot, JobState.PLANNING)
        await self._enter(slot, JobState.RUNNING, plan=plan)

    async def fail(self, slot: str, message: str) -> None:
        await self.until_job(slot)
        error = JobError(reason="CONFIG", message=message)
        await self._enter(slot, JobState.FAILED, error=error)

    def register(self) -> str:
        components = {name: digest(name) for name in PARTS}
        model = BaseModel(
            family="sd15",
            layout="single",
            files=digest("base"),
            alignment=16,
            latent_channels=4,
            vae_factor=8,
            components=components,
        )
        return save_base_model(Blobs(self.store, self.project), model)

    async def _enter(self, slot: str, state: JobState, **fields: object) -> None:
        held = await self.records.read(ResourceRef(project=self.project, kind=JOB_KIND, id=f"b-{slot}"))
        changed = replace(entered(held.record, state, time=now_text()), **fields)  # type: ignore[arg-type]
        await self.records.swap(held, changed, durable=True)

    def driver(self) -> PipelineDriver:
        return PipelineDriver(
            connection=self.connection,
            store=self.store,
            registry=self.registry,
            jobs=self.jobs,
            listings=self.listings,
        )

    @asynccontextmanager
    async def driving(self, number: int = 1) -> AsyncIterator[None]:
        """Some drivers at once."""
        tasks = [asyncio.create_task(self.driver().run()) for _ in range(number)]
        try:
            yield
        finally:
            await end(tasks)


@asynccontextmanager
async def backroom(connection: Connection, store: DirectoryStore) -> AsyncIterator[Backroom]:
    revisions = Revisions(store)
    listings = Listings(connection, PageTokens(b"k" * 32))
    records, registry = JobRecords(connection, revisions), Registry(connection, revisions)
    projects = Projects(registry, listings.projects)
    desk = JobDesk(connection, store, records)
    jobs = PipelineJobs(desk=desk, records=records, kinds=KINDS, listing=listings.jobs)
    pipelines = Pipelines(
        registry=registry,
        store=store,
        projects=projects,
        kinds=KINDS,
        jobs=jobs,
        listing=listings.pipelines,
    )
    project = f"p{uuid.uuid4().hex[:12]}"
    follows = [asyncio.create_task(work) for work in listings.follows()]
    try:
        await projects.create(project, ProjectFields(), Asking())
        yield Backroom(
            connection=connection,
            store=store,
            desk=desk,
            records=records,
            listings=listings,
            jobs=jobs,
            pipelines=pipelines,
            registry=registry,
            project=project,
        )
    finally:
        await end(follows)
