"""Pipelines over gRPC: nobody works on them here."""

import asyncio
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import ObjectInfo
from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError, NotFoundError, StaleError, StateError
from bakehouse.v1.event_pb2 import WatchRequest
from bakehouse.v1.pipeline_pb2 import (
    CancelPipelineRequest,
    CreatePipelineRequest,
    GetPipelineRequest,
    ListPipelinesRequest,
    Pipeline,
    StopPipelineRequest,
)
from gateway.structs import struct_of
from tests.gateway.bakery import Bakery, call, failure_of
from tests.gateway.bakes import recipe


def stocked(shop: Bakery, project: str, **changes: Json) -> dict[str, Json]:
    """A recipe whose listings are there."""
    for room, content in (("shared", b"base"), ("shared", b"tagger"), (project, b"pics")):
        Blobs(shop.store, room).put(content)
    return recipe(**changes)


def request_of(project: str, wanted: dict[str, Json], **fields: Any) -> CreatePipelineRequest:
    pipeline = Pipeline(recipe=struct_of(wanted), **fields.pop("pipeline", {}))
    return CreatePipelineRequest(parent=f"projects/{project}", pipeline=pipeline, **fields)


async def create(shop: Bakery, project: str, **fields: Any) -> Pipeline:
    return await call(
        shop.client.pipelines.CreatePipeline, request_of(project, stocked(shop, project), **fields)
    )


async def test_a_pipeline_is_accepted_and_read(bakeshop: Bakery) -> None:
    project = await bakeshop.new_project()
    made = await create(bakeshop, project, pipeline_id="cake", request_id="r")
    again = await create(bakeshop, project, pipeline_id="cake", request_id="r")
    assert made.name == again.name == f"projects/{project}/pipelines/cake"
    read = await call(bakeshop.client.pipelines.GetPipeline, GetPipelineRequest(name=made.name))
    assert (read.recipe, read.mode) == (struct_of(recipe()), Pipeline.MODE_BAKE)
    assert [stage.name for stage in read.stages] == [
        "register",
        "snapshot",
        "captions",
        "latents",
        "texts",
        "train",
    ]


async def test_trying_makes_nothing(bakeshop: Bakery) -> None:
    project = await bakeshop.new_project()
    tried = await create(bakeshop, project, pipeline_id="cake", validate_only=True)
    assert tried.state == Pipeline.STATE_QUEUED
    request = GetPipelineRequest(name=tried.name)
    assert type(await failure_of(bakeshop.client.pipelines.GetPipeline, request)) is NotFoundError


async def test_trying_to_cancel_ends_nothing(bakeshop: Bakery) -> None:
    project = await bakeshop.new_project()
    made = await create(bakeshop, project, pipeline_id="cake")
    request = CancelPipelineRequest(name=made.name, validate_only=True)
    tried = await call(bakeshop.client.pipelines.CancelPipeline, request)
    assert tried.state == Pipeline.STATE_CANCELLED
    read = await call(bakeshop.client.pipelines.GetPipeline, GetPipelineRequest(name=made.name))
    assert read.state in {Pipeline.STATE_QUEUED, Pipeline.STATE_RUNNING}
    stale = CancelPipelineRequest(name=made.name, etag="r99", validate_only=True)
    assert type(await failure_of(bakeshop.client.pipelines.CancelPipeline, stale)) is StaleError


async def test_trying_to_stop_fails_as_stopping_does(bakeshop: Bakery) -> None:
    project = await bakeshop.new_project()
    made = await create(bakeshop, project, pipeline_id="cake")
    stop = StopPipelineRequest(name=made.name, validate_only=True)
    assert type(await failure_of(bakeshop.client.pipelines.StopPipeline, stop)) is StateError


async def test_a_secret_in_clear_is_refused_and_not_shown(bakeshop: Bakery) -> None:
    project = await bakeshop.new_project()
    wanted = stocked(bakeshop, project, training={"max_train_steps": 1, "hub_token": "wpz-764e"})
    error = await failure_of(bakeshop.client.pipelines.CreatePipeline, request_of(project, wanted))
    assert type(error) is InvalidInputError
    assert (error.field, "wpz" in error.message) == ("pipeline.recipe", False)
    assert error.message.startswith("recipe.training.hub_token: a secret in clear")
    kept = [entry for entry in bakeshop.store.list("") if isinstance(entry, ObjectInfo)]
    assert [entry.key for entry in kept if b"wpz" in b"".join(bakeshop.store.read(entry.key))] == []


async def test_an_unknown_section_is_refused_with_the_nearest(bakeshop: Bakery) -> None:
    project = await bakeshop.new_project()
    request = request_of(project, {**stocked(bakeshop, project), "captoining": {}})
    error = await failure_of(bakeshop.client.pipelines.CreatePipeline, request)
    assert type(error) is InvalidInputError
    assert "recipe.captoining: unknown; did you mean captioning?" in error.message
    assert error.field == "pipeline.recipe"


async def test_a_stage_that_is_not_installed_is_refused(shop: Bakery) -> None:
    project = await shop.new_project()
    error = await failure_of(
        shop.client.pipelines.CreatePipeline, request_of(project, stocked(shop, project))
    )
    assert "'encoder.register' is no kind of job" in error.message


async def test_pipelines_are_listed_and_cancelled(bakeshop: Bakery) -> None:
    project = await bakeshop.new_project()
    baked = await create(bakeshop, project, pipeline_id="bake")
    plan = await create(bakeshop, project, pipeline_id="plan", pipeline={"mode": Pipeline.MODE_PLAN})
    assert plan.mode == Pipeline.MODE_PLAN
    request = ListPipelinesRequest(parent=f"projects/{project}", mode=Pipeline.MODE_BAKE)
    page = await call(bakeshop.client.pipelines.ListPipelines, request)
    assert [entry.name for entry in page.pipelines] == [baked.name]
    assert not page.pipelines[0].HasField("recipe")
    stale = CancelPipelineRequest(name=baked.name, etag="r99")
    assert type(await failure_of(bakeshop.client.pipelines.CancelPipeline, stale)) is StaleError
    over = await call(bakeshop.client.pipelines.CancelPipeline, CancelPipelineRequest(name=baked.name))
    assert over.state == Pipeline.STATE_CANCELLED
    stop = StopPipelineRequest(name=plan.name)
    assert type(await failure_of(bakeshop.client.pipelines.StopPipeline, stop)) is StateError


async def test_a_pipeline_can_be_watched_with_its_jobs(bakeshop: Bakery) -> None:
    project = await bakeshop.new_project()
    made = await create(bakeshop, project, pipeline_id="cake")
    stream = bakeshop.client.events.Watch(WatchRequest(name=made.name, from_start=True))
    seen: list[str] = []
    while "bakehouse.job.state" not in seen or "bakehouse.pipeline.state" not in seen:
        message = await asyncio.to_thread(next, stream)
        if message.HasField("event"):
            seen.append(message.event.type)
            assert message.event.source == f"projects/{project}"
    stream.cancel()


@pytest.mark.parametrize("name", ["projects/p/pipelines/none", "projects/p/jobs/none"])
async def test_what_is_no_pipeline_is_not_found(bakeshop: Bakery, name: str) -> None:
    error = await failure_of(bakeshop.client.pipelines.GetPipeline, GetPipelineRequest(name=name))
    assert type(error) is (NotFoundError if "pipelines" in name else InvalidInputError)
