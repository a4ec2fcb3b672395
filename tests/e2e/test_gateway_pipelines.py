"""Pipelines through a gateway that can be killed, over services that play every stage."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.registry.revisions import ResourceRef
from bakehouse.v1.job_pb2 import Job
from bakehouse.v1.pipeline_pb2 import (
    CancelPipelineRequest,
    CreatePipelineRequest,
    GetPipelineRequest,
    Pipeline,
    PlannedStage,
    StopPipelineRequest,
)
from bakehouse.v1.project_pb2 import CreateProjectRequest
from gateway.structs import struct_of
from tests.gateway.bakery import Client, call, declaration_of
from tests.gateway.process import GatewayProcess
from tests.gateway.watcher import Watcher
from tests.nats_process import NatsProcess
from tests.toy.kitchen import SUPERVISE_ACK_WAIT_S
from tests.toy.playhouse import Playhouse, playhouse

FINAL = (Pipeline.STATE_SUCCEEDED, Pipeline.STATE_FAILED, Pipeline.STATE_CANCELLED)
STAGES = ["register", "snapshot", "captions", "latents", "texts", "train"]


@dataclass(frozen=True, kw_only=True)
class Town:
    """Services that play in this process, and a gateway beside it that can be killed."""

    house: Playhouse
    gateway: GatewayProcess
    client: Client

    async def start(self, recipe: dict[str, Json], name: str = "bake", **fields: object) -> Pipeline:
        wanted = Pipeline(recipe=struct_of(recipe), **fields)  # type: ignore[arg-type]
        request = CreatePipelineRequest(
            parent="projects/p", pipeline_id=name, pipeline=wanted, request_id=f"request-{name}"
        )
        return await call(self.client.pipelines.CreatePipeline, request)

    async def get(self, name: str = "bake") -> Pipeline:
        request = GetPipelineRequest(name=f"projects/p/pipelines/{name}")
        return await asyncio.to_thread(
            self.client.pipelines.GetPipeline, request, wait_for_ready=True, timeout=30
        )

    async def over(self, name: str = "bake") -> Pipeline:
        return await self.until(lambda pipeline: pipeline.state in FINAL, name)

    async def until(self, is_so: Callable[[Pipeline], bool], name: str = "bake") -> Pipeline:
        async with asyncio.timeout(60):
            while True:
                try:
                    if is_so(pipeline := await self.get(name)):
                        return pipeline
                    assert pipeline.state not in FINAL, pipeline.error
                except grpc.RpcError:  # it is being killed
                    pass
                await asyncio.sleep(0.05)

    async def kill_gateway(self) -> None:
        await asyncio.to_thread(self.gateway.kill)
        await asyncio.to_thread(self.gateway.start)


@pytest.fixture
async def town(own_nats: NatsProcess, tmp_path: Path) -> AsyncIterator[Town]:
    async with playhouse(own_nats, tmp_path) as house:
        declarations = [str(declaration_of(service, tmp_path)) for service in house.services]
        gateway = GatewayProcess(
            own_nats,
            tmp_path,
            services=os.pathsep.join(declarations),
            supervise_ack_wait_s=str(SUPERVISE_ACK_WAIT_S),
        )
        await asyncio.to_thread(gateway.start)
        client = gateway.client()
        client.projects.CreateProject(CreateProjectRequest(project_id="p"))
        try:
            yield Town(house=house, gateway=gateway, client=client)
        finally:
            client.channel.close()
            gateway.end()


def states(pipeline: Pipeline) -> dict[str, str]:
    return {stage.name: Job.State.Name(stage.state) for stage in pipeline.stages}


def computed(pipeline: Pipeline) -> dict[str, int]:
    return {stage.name: stage.progress.planned_items for stage in pipeline.stages}


def planned(pipeline: Pipeline) -> dict[str, tuple[str, int]]:
    return {
        entry.stage: (PlannedStage.Mark.Name(entry.mark), entry.planned_items)
        for entry in pipeline.result.planned
    }


def is_training(pipeline: Pipeline) -> bool:
    return pipeline.stages[-1].state == Job.STATE_RUNNING


async def test_a_recipe_becomes_an_adapter_and_nothing_is_computed_twice(town: Town) -> None:
    recipe = town.house.recipe("p")
    async with town.house.open():
        await town.start(recipe)
        first = await town.over()
        assert states(first) == dict.fromkeys(STAGES, "STATE_SUCCEEDED")
        assert computed(first) == {
            "register": 1,
            "snapshot": 6,
            "captions": 6,
            "latents": 6,
            "texts": 7,
            "train": 10,
        }
        assert [entry.epoch for entry in first.result.adapters] == [1, 2]
        assert first.result.adapter == first.result.adapters[-1].blob
        assert Blobs(town.house.one.store, "p").has(Digest(first.result.adapter.rpartition("/")[2]))
        assert [entry.stage for entry in first.result.manifests] == STAGES[1:-1]
        await town.start(recipe, "again")
        again = await town.over("again")
        assert computed(again) == dict.fromkeys(STAGES, 0)
        assert again.result.adapter == first.result.adapter
        await town.start(recipe, "anew", fresh="one more")
        anew = await town.over("anew")
        assert computed(anew) == {**dict.fromkeys(STAGES, 0), "train": 10}
        assert anew.result.adapter != first.result.adapter


async def test_a_plan_says_what_baking_then_computes(town: Town) -> None:
    recipe = town.house.recipe("p")
    async with town.house.open():
        await town.start(recipe, "plan", mode=Pipeline.MODE_PLAN)
        before = await town.over("plan")
        assert before.state == Pipeline.STATE_SUCCEEDED, before.error
        assert planned(before) == {
            "register": ("MARK_EXACT", 0),
            "snapshot": ("MARK_EXACT", 0),
            "captions": ("MARK_EXACT", 6),
            "latents": ("MARK_EXACT", 6),
            "texts": ("MARK_AT_MOST", 7),
            "train": ("MARK_AT_MOST", 10),
        }
        assert before.result.planned[-1].reason.startswith("captions computes 6 first")
        assert before.result.adapter == ""
        await town.start(recipe)
        baked = computed(await town.over())
        for stage, (mark, number) in planned(before).items():
            assert baked[stage] == number if mark == "MARK_EXACT" else baked[stage] <= number
        await town.start(recipe, "replan", mode=Pipeline.MODE_PLAN)
        after = await town.over("replan")
        assert planned(after) == dict.fromkeys(STAGES, ("MARK_EXACT", 0))
        assert [entry.hit_items for entry in after.result.planned] == [1, 6, 6, 6, 7, 10]


async def test_a_bake_goes_on_after_the_gateway_was_killed(town: Town) -> None:
    recipe = town.house.recipe("p")
    created = await town.start(recipe)
    watcher = Watcher(gateway=town.gateway, name=created.name)
    await town.kill_gateway()
    async with town.house.open("encoder", "dataset"):
        await town.until(lambda pipeline: pipeline.stages[2].state == Job.STATE_QUEUED)
        await town.kill_gateway()
        async with town.house.open("captioner"):
            await town.until(lambda pipeline: pipeline.stages[-1].state == Job.STATE_QUEUED)
            await asyncio.to_thread(town.gateway.kill)
        async with town.house.open("trainer"):
            await trained(town)  # with no gateway there
            await asyncio.to_thread(town.gateway.start)
            baked = await town.over()
    await asyncio.to_thread(watcher.wait)
    assert states(baked) == dict.fromkeys(STAGES, "STATE_SUCCEEDED")
    seen = [event for event in watcher.events if event.startswith("pipeline/")]
    assert seen == [f"pipeline/bake/state/{number}" for number in range(3)]
    assert len(watcher.events) == len(set(watcher.events))
    jobs = {event.split("/")[1] for event in watcher.events if event.startswith("job/")}
    assert jobs == {f"bake-{slot}" for slot in (*STAGES, "train-check")}
    assert (await town.start(recipe)).name == baked.name  # the same request is the same pipeline


async def trained(town: Town) -> None:
    async with asyncio.timeout(30):
        while (await job_of(town, "train")).state is not JobState.SUCCEEDED:
            await asyncio.sleep(0.05)


async def job_of(town: Town, stage: str) -> JobRecord:
    ref = ResourceRef(project="p", kind="job", id=f"bake-{stage}")
    return (await town.house.one.records.read(ref)).record


async def test_a_bake_survives_the_loss_of_nats(town: Town, own_nats: NatsProcess) -> None:
    async with town.house.open():
        await town.start(town.house.recipe("p", step_ms=100))
        await town.until(is_training)
        own_nats.kill()
        own_nats.lose_disk()
        own_nats.start()
        baked = await town.over()
    assert baked.state == Pipeline.STATE_SUCCEEDED
    assert baked.result.adapter


async def test_cancelling_ends_the_jobs_too(town: Town) -> None:
    async with town.house.open():
        await town.start(town.house.recipe("p", step_ms=1000))
        await town.until(is_training)
        request = CancelPipelineRequest(name="projects/p/pipelines/bake")
        cancelled = await call(town.client.pipelines.CancelPipeline, request)
        assert cancelled.state == Pipeline.STATE_CANCELLED
        assert states(cancelled)["train"] == "STATE_CANCELLED"
        again = await call(town.client.pipelines.CancelPipeline, request)
        assert (again.state, again.end_time) == (cancelled.state, cancelled.end_time)


async def test_a_job_that_somebody_cancels_cancels_its_pipeline(town: Town) -> None:
    async with town.house.open("encoder"):
        await town.start(town.house.recipe("p"))
        await town.until(lambda pipeline: pipeline.stages[1].state == Job.STATE_QUEUED)
        await town.house.one.desk.cancel((await job_of(town, "snapshot")).ref)
        over = await town.over()
    assert over.state == Pipeline.STATE_CANCELLED
    assert states(over)["captions"] == "STATE_UNSPECIFIED"


async def test_a_stage_that_fails_fails_the_pipeline(town: Town) -> None:
    faults = {"explode": "training.explode: unknown; leave it out", "crumble": "the loss is NaN at step 1"}
    async with town.house.open():
        for fault, expected in faults.items():
            await town.start(town.house.recipe("p", **{fault: True}), fault)
            failed = await town.over(fault)
            assert failed.state == Pipeline.STATE_FAILED
            assert failed.error.stage == "train"
            assert expected in failed.error.message
            assert failed.stages[-1].error.message == failed.error.message
            is_told_at_once = fault == "explode"  # a wrong option, before the other stages work
            assert (states(failed)["texts"] != "STATE_SUCCEEDED") == is_told_at_once


async def test_stopping_ends_the_training_early_with_an_adapter(town: Town) -> None:
    async with town.house.open():
        await town.start(town.house.recipe("p", step_ms=100, max_train_steps=1000))
        await town.until(is_training)
        request = StopPipelineRequest(name="projects/p/pipelines/bake")
        asked = await call(town.client.pipelines.StopPipeline, request)
        assert asked.stop_requested
        over = await town.over()
    assert over.state == Pipeline.STATE_SUCCEEDED
    assert int(over.result.metadata["ss_steps"]) < 1000  # type: ignore[arg-type]
