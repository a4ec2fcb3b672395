"""Pipelines accepted, read, cancelled and stopped, with jobs that the test itself ends."""

from collections.abc import AsyncIterator

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import (
    AlreadyExistsError,
    InvalidInputError,
    NotFoundError,
    StaleError,
    StateError,
)
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.record import JobState
from gateway.creation import Asking
from gateway.pages import PageWish
from gateway.pipelines.listing import PipelineFilter
from gateway.pipelines.pipelines import PipelineWish
from gateway.pipelines.record import PipelineState
from gateway.pipelines.steps import Mode
from tests.gateway.backroom import Backroom, backroom


@pytest.fixture
async def room(connection: Connection, store: DirectoryStore) -> AsyncIterator[Backroom]:
    async with backroom(connection, store) as opened:
        yield opened


async def test_the_same_request_is_the_same_pipeline(room: Backroom) -> None:
    first, again = await room.create(), await room.create()
    assert first.pipeline == again.pipeline
    assert first.recipe == room.recipe()
    with pytest.raises(InvalidInputError, match="request_id"):
        await room.create(wish=PipelineWish(recipe=room.recipe(), fresh="other"))
    wish = PipelineWish(recipe=room.recipe())
    with pytest.raises(AlreadyExistsError):
        await room.pipelines.create(room.project, "b", wish, Asking(request_id="another"))


async def test_trying_makes_nothing(room: Backroom) -> None:
    asking = Asking(validate_only=True)
    view = await room.pipelines.create(room.project, "b", PipelineWish(recipe=room.recipe()), asking)
    assert view.pipeline.body.state is PipelineState.QUEUED
    with pytest.raises(NotFoundError):
        await room.view()


@pytest.mark.parametrize("section", ["base_model", "datasets", "captioning"])
async def test_listings_have_to_be_there(room: Backroom, section: str) -> None:
    missing = "0" * 64
    changes: dict[str, Json] = {
        "base_model": missing,
        "datasets": [{"id": "pics", "listing": missing}],
        "captioning": {"tagger": missing},
    }
    wish = PipelineWish(recipe=room.recipe(**{section: changes[section]}))
    with pytest.raises(InvalidInputError, match=f"recipe.{section}.* has no blob {missing}"):
        await room.create(wish=wish)


async def test_a_pipeline_needs_a_project(room: Backroom) -> None:
    with pytest.raises(NotFoundError):
        await room.pipelines.create("nowhere", "b", PipelineWish(recipe={}), Asking())


async def test_cancelling_is_for_the_revision_that_was_seen(room: Backroom) -> None:
    await room.create()
    with pytest.raises(StaleError):
        await room.pipelines.cancel(room.project, "b", etag="r9")
    over = await room.pipelines.cancel(room.project, "b", etag="r1")
    assert over.pipeline.body.state is PipelineState.CANCELLED
    again = await room.pipelines.cancel(room.project, "b", etag="r9")
    assert again.pipeline == over.pipeline


async def test_lists_show_what_is_known_of_jobs(room: Backroom) -> None:
    async with room.driving():
        await room.create()
        await room.until_job("register")
    page = await room.pipelines.page(room.project, PipelineFilter(), PageWish())
    assert [view.pipeline.resource.id for view in page.entries] == ["b"]
    assert page.entries[0].jobs["register"].state is JobState.QUEUED
    assert page.entries[0].recipe is None


async def test_training_that_has_not_begun_can_not_be_stopped(room: Backroom) -> None:
    await room.create()
    with pytest.raises(StateError, match="training has not begun"):
        await room.pipelines.stop(room.project, "b")
    await room.create("plan", PipelineWish(recipe=room.recipe(), mode=Mode.PLAN))
    with pytest.raises(StateError, match="only plans"):
        await room.pipelines.stop(room.project, "plan")


async def test_stopping_leaves_a_word_for_the_trainer(room: Backroom) -> None:
    plan = Digest("a" * 64)
    async with room.driving():
        await room.create()
        for stage in ("register", "snapshot", "captions", "latents", "texts"):
            await room.succeed(stage)
        await room.until_job("train")
        await room.begin("train", plan)
        stopped = await room.pipelines.stop(room.project, "b")
        assert stopped.pipeline.body.stop_requested
        key = f"{room.project}/checkpoints/{plan}/stop"
        assert b"".join(room.store.read(key)) == b"b-train"
        await room.pipelines.cancel(room.project, "b", etag="")
        assert (await room.pipelines.stop(room.project, "b")).pipeline.body.state is PipelineState.CANCELLED
