"""Artifacts looked up: what is there, what is not, and what is another's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import Json
from bakehouse.errors import NotFoundError
from bakehouse.events.shapes import Event
from bakehouse.jetstream.connection import Connection
from bakehouse.rpc.names import (
    ADAPTERS,
    BASE_MODELS,
    DATASETS,
    PROJECTS,
    SNAPSHOTS,
    TRAINING_RUNS,
    ResourceName,
)
from bakehouse.rpc.paging import PageTokens
from gateway.artifacts.artifacts import Artifacts, ArtifactSources
from gateway.artifacts.listing import ArtifactListing
from gateway.event_stream import EventStream
from gateway.jobs import Jobs
from gateway.pages import PageWish
from gateway.projects import Projects
from tests.gateway.backroom import KINDS, Backroom, backroom
from tests.gateway.bakes import digest

ALL = PageWish()


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """The artifacts of a project whose pipeline has gone as far as its test let it."""

    room: Backroom
    artifacts: Artifacts

    def name(self, collection: str, name: str, project: str = "") -> ResourceName:
        return ResourceName(project=project or self.room.project, collection=collection, id=name)


@pytest.fixture
async def gallery(connection: Connection, store: DirectoryStore) -> AsyncIterator[Gallery]:
    async with backroom(connection, store) as room:
        listing = ArtifactListing(PageTokens(b"k" * 32))
        room.listings.jobs.observers.append(listing.note)
        projects = Projects(room.registry, room.listings.projects)
        jobs = Jobs(
            desk=room.desk,
            records=room.records,
            store=store,
            kinds=KINDS,
            projects=projects,
            listing=room.listings.jobs,
        )
        sources = ArtifactSources(
            artifacts=listing,
            pipelines=room.listings.pipelines,
            jobs=room.listings.jobs,
            events=EventStream(room.connection),
        )
        artifacts = Artifacts(sources=sources, store=store, projects=projects, jobs=jobs)
        yield Gallery(room=room, artifacts=artifacts)


async def test_what_a_bake_makes_can_be_looked_at(gallery: Gallery) -> None:
    room, artifacts, name = gallery.room, gallery.artifacts, gallery.name
    async with room.driving():
        await room.create()
        for stage in ("register", "snapshot", "captions", "latents", "texts", "train"):
            await room.succeed(stage)
        await room.until_over()
    assert (await artifacts.dataset(name(DATASETS, "pics"))).pipeline == "b"
    assert [entry.id for entry in (await artifacts.datasets(room.project, ALL)).entries] == ["pics"]
    snapshot = digest("snapshot content")
    assert (await artifacts.snapshot(name(SNAPSHOTS, snapshot))).job == "b-snapshot"
    assert len((await artifacts.snapshots(room.project, ALL)).entries) == 1
    model = await artifacts.base_model(name(BASE_MODELS, room.register(), "shared"))
    assert (model.model.family, model.model.alignment) == ("sd15", 16)
    assert len((await artifacts.base_models("shared", ALL)).entries) >= 1
    assert (await artifacts.base_models(room.project, ALL)).entries == []
    run = await artifacts.training_run(name(TRAINING_RUNS, "b-train"))
    assert [entry.job for entry in (await artifacts.training_runs(room.project, ALL)).entries] == [run.job]
    assert (await artifacts.adapter(name(ADAPTERS, digest("adapter 2")))).is_last
    for parent in (name(PROJECTS, room.project), name(TRAINING_RUNS, "b-train")):
        assert len((await artifacts.adapters(parent, ALL)).entries) == 2


async def test_a_run_at_work_says_what_it_has_exported(gallery: Gallery) -> None:
    room = gallery.room
    told: dict[str, Json] = {"epoch": 1, "step": 5, "digest": digest("adapter 1")}
    async with room.driving():
        await room.create()
        for stage in ("register", "snapshot", "captions", "latents", "texts"):
            await room.succeed(stage)
        await room.until_job("train")
    for again in ("", "again"):  # as a run does that goes on from a checkpoint
        event = Event(
            id=f"step-5{again}",
            project=room.project,
            kind="job",
            resource="b-train",
            type="adapter",
            time="2026-11-01T00:00:00Z",
            data=told,
        )
        await room.connection.publish(event.nats_subject, event.encode())
    run = await gallery.artifacts.training_run(gallery.name(TRAINING_RUNS, "b-train"))
    assert [(export.epoch, export.step, export.digest) for export in run.exported] == [
        (1, 5, digest("adapter 1"))
    ]


async def test_what_is_not_there_is_not_found(gallery: Gallery) -> None:
    artifacts, name = gallery.artifacts, gallery.name
    missing = "0" * 64
    for project in ("", "nowhere"):
        for found in (
            artifacts.dataset(name(DATASETS, "none", project)),
            artifacts.snapshot(name(SNAPSHOTS, missing, project)),
            artifacts.base_model(name(BASE_MODELS, missing, project)),
            artifacts.training_run(name(TRAINING_RUNS, "none", project)),
            artifacts.adapter(name(ADAPTERS, missing, project)),
        ):
            with pytest.raises(NotFoundError):
                await found


async def test_a_job_that_does_not_train_is_no_run(gallery: Gallery) -> None:
    async with gallery.room.driving():
        await gallery.room.create()
        await gallery.room.until_job("register")
    with pytest.raises(NotFoundError, match="list training runs"):
        await gallery.artifacts.training_run(gallery.name(TRAINING_RUNS, "b-register"))
