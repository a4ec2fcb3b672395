"""Pipelines driven over jobs that the test itself ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.record import JobState
from bakehouse.jobs.submit import JobDesk, JobOrder
from bakehouse.registry.revisions import ResourceRef, Revisions
from gateway.pipelines.record import PipelineState
from tests.gateway.backroom import Backroom, backroom
from tests.gateway.bakes import digest

STAGES = ("register", "snapshot", "captions", "latents", "texts", "train")


@pytest.fixture
async def room(connection: Connection, store: DirectoryStore) -> AsyncIterator[Backroom]:
    async with backroom(connection, store) as opened:
        yield opened


async def test_several_drivers_drive_one_pipeline_to_one_end(room: Backroom) -> None:
    async with room.driving(3):
        await room.create()
        for stage in STAGES:
            await room.succeed(stage)
        over = await room.until_over()
    assert over.pipeline.body.state is PipelineState.SUCCEEDED
    assert [entry.state for entry in over.pipeline.body.entered] == ["QUEUED", "RUNNING", "SUCCEEDED"]
    assert over.jobs["train"].inputs["latents"] == digest("latents blob")
    assert over.pipeline.resource.version <= 5


async def test_a_driver_that_comes_later_goes_on(room: Backroom) -> None:
    await room.create()
    async with room.driving():
        await room.until_job("register")
    await room.succeed("register")
    async with room.driving():
        await room.until_job("snapshot")


async def test_a_failure_ends_what_runs_beside_it(room: Backroom) -> None:
    async with room.driving():
        await room.create()
        for stage in STAGES[:2]:
            await room.succeed(stage)
        await room.until_job("latents")
        await room.fail("captions", "no such tag list")
        over = await room.until_over()
    error = over.pipeline.body.error
    assert error is not None
    assert (error.stage, error.message) == ("captions", "no such tag list")
    assert over.jobs["latents"].state is JobState.CANCELLED


async def test_a_job_started_behind_the_end_is_ended_too(room: Backroom) -> None:
    created = await room.create()
    await room.pipelines.cancel(room.project, "b", etag="")
    late = created.pipeline
    async with room.driving():
        desk = JobDesk(room.connection, room.store, room.records)
        order = JobOrder(
            service="play",
            project=room.project,
            job=late.job_id("register"),
            kind="encoder.register",
            spec={},
            request=late.request_of("register"),
        )
        record = await desk.submit(order)
        async with asyncio.timeout(20):
            while (await room.records.read(record.ref.resource)).record.state is not JobState.CANCELLED:
                await asyncio.sleep(0.02)


async def test_somebody_elses_job_of_that_id_stays_and_fails_the_pipeline(room: Backroom) -> None:
    desk = JobDesk(room.connection, room.store, room.records)
    theirs = await desk.submit(
        JobOrder(
            service="play",
            project=room.project,
            job="b-register",
            kind="encoder.register",
            spec={},
            request="theirs",
        )
    )
    async with room.driving():
        await room.create()
        over = await room.until_over()
    error = over.pipeline.body.error
    assert error is not None
    assert (error.stage, error.reason) == ("register", "ALREADY_EXISTS")
    assert (await room.records.read(theirs.ref.resource)).record.state is JobState.QUEUED


async def test_a_result_that_is_none_fails_the_pipeline(room: Backroom) -> None:
    async with room.driving():
        await room.create()
        await room.succeed("register", {"base_model": digest("nothing there")})
        over = await room.until_over()
    error = over.pipeline.body.error
    assert error is not None
    assert "is not registered" in error.message


async def test_the_record_is_in_the_store_before_it_is_anywhere(room: Backroom) -> None:
    created = await room.create()
    ref = ResourceRef(project=room.project, kind="pipeline", id="b")
    assert Revisions(room.store).latest(ref) is not None
    assert created.pipeline.body.state is PipelineState.QUEUED
