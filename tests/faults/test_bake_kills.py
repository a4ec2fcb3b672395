"""A whole bake under kills: each process of a studio dies at work, and the adapter is the same to the bit."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from bakehouse.canonical_json import Json
from bakehouse.jobs.record import JobState
from services.trainer.domain.adapter_metadata import VARIABLE_KEYS
from tests.e2e.kitchen import draw_pictures, real_studio, small_recipe
from tests.faults.bakes import Bake, Baked, Observed, observed, observed_in
from tests.faults.chaos import double_everything
from tests.weed import ACCESS_KEY, BUCKET, SECRET_KEY, running_weed

NUM_STEPS = 24
TRAINING: dict[str, Json] = {
    "max_train_steps": NUM_STEPS,
    "save_every_n_steps": 2,
    "gradient_accumulation_steps": 4,
    "num_processes": 2,
    "train_batch_size": 1,
    "save_every_n_epochs": 2,
    "sample_every_n_epochs": 2,
    "caption_dropout_rate": "0.2",
    "sample_prompts": ["zobkin, red shape --w 64 --h 64 --d 1"],
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = tmp_path_factory.mktemp("pictures") / "concept"
    draw_pictures(pictures, longest_px=900)
    return pictures


@pytest.fixture(scope="module")
def recipe(pictures: Path) -> dict[str, Json]:
    return small_recipe(pictures, **TRAINING)


@pytest.fixture(scope="module")
def reference(recipe: dict[str, Json], tmp_path_factory: pytest.TempPathFactory) -> Baked:
    """The same bake, left in peace."""

    async def bake() -> Baked:
        async with observed_in(tmp_path_factory.mktemp("reference")) as kitchen:
            return await (await kitchen.bake(recipe)).over()

    return asyncio.run(bake())


@pytest.mark.faults
async def test_a_bake_is_the_same_whatever_is_killed(
    recipe: dict[str, Json], reference: Baked, tmp_path: Path
) -> None:
    async with observed_in(tmp_path) as kitchen:
        bake = await kitchen.bake(recipe)
        await kill_while_preparing(kitchen, bake)
        await kill_while_training(kitchen, bake)
        baked = await bake.over()
        planned = await kitchen.plan(recipe)
    hold_same(baked, reference)
    assert {entry["planned_items"] for entry in planned.result["planned"]} == {0}


async def kill_while_preparing(kitchen: Observed, bake: Bake) -> None:
    await bake.started_unit("register")
    await kitchen.kill("encoder-serve")
    await bake.started_unit("snapshot")
    await kitchen.kill("dataset-cpu-1", "dataset-serve")
    await bake.entered("snapshot", JobState.SUCCEEDED)
    await kitchen.kill("gateway")  # which just wants to start the stages behind it

    async def kill_at(stage: str, *names: str) -> None:
        await bake.started_unit(stage)
        await kitchen.kill(*names)

    await asyncio.gather(
        kill_at("captions", "captioner-tagger-1", "captioner-serve"), kill_at("latents", "encoder-torch-1")
    )
    await kill_at("texts", "nats-server")


async def kill_while_training(kitchen: Observed, bake: Bake) -> None:
    for step, rank in ((2, 1), (4, 0)):
        await bake.reached(step)
        kitchen.kill_rank(rank)
    for step, name in ((8, "gateway"), (10, "nats-server"), (12, "trainer-serve"), (14, "trainer-gpu-1")):
        await bake.reached(step)
        await kitchen.kill(name)


@pytest.mark.faults
async def test_a_bake_is_the_same_when_every_message_comes_twice(
    recipe: dict[str, Json], reference: Baked, tmp_path: Path
) -> None:
    async with observed_in(tmp_path) as kitchen:
        doubling = asyncio.create_task(double_everything(kitchen.connection))
        bake = await kitchen.bake(recipe)
        await bake.entered("train", JobState.SUCCEEDED)
        doubling.cancel()
        baked = await bake.over()
    hold_same(baked, reference)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(2))
async def test_a_bake_is_driven_on_whenever_gateway_or_nats_die(
    pictures: Path, tmp_path: Path, seed: int
) -> None:
    rng, recipe = Random(seed), small_recipe(pictures, max_train_steps=1)
    async with observed_in(tmp_path) as kitchen:
        first = await (await kitchen.bake(recipe)).over()
        for _ in range(6):
            bake = await kitchen.bake(recipe)
            await asyncio.sleep(rng.uniform(0, 0.8))  # about as long as all stages take that find all there
            await kitchen.kill(rng.choice(["gateway", "gateway", "nats-server"]))
            again = await bake.over()
            assert again.result["adapter"] == first.result["adapter"]
            assert {planned for planned, _, _ in again.counts.values()} == {0}


@pytest.mark.faults
async def test_a_bake_over_s3_gives_the_same(
    recipe: dict[str, Json], reference: Baked, tmp_path: Path
) -> None:
    weed = running_weed()
    prefix = f"bake-{tmp_path.name}".replace("_", "-")[:60].lower()
    studio = real_studio(
        tmp_path / "home",
        BAKEHOUSE_STORE_URL=f"s3://{BUCKET}/{prefix}",
        BAKEHOUSE_S3_ENDPOINT=weed.endpoint,
        BAKEHOUSE_S3_ACCESS_KEY=ACCESS_KEY,
        BAKEHOUSE_S3_SECRET_KEY=SECRET_KEY,
    )
    async with observed(studio, weed.store(prefix)) as kitchen:
        baked = await (await kitchen.bake(recipe)).over()
    hold_same(baked, reference)


async def test_a_training_is_the_same_without_gateway_and_nats_for_a_while(
    pictures: Path, tmp_path: Path
) -> None:
    async with observed_in(tmp_path) as kitchen:
        recipe = small_recipe(pictures, **TRAINING | {"max_train_steps": 8, "num_processes": 1, "seed": 3})
        undisturbed = await (await kitchen.bake(recipe)).over()
        bake = await kitchen.bake(recipe, "--fresh")
        await bake.reached(2)
        await kitchen.kill("gateway", "nats-server")
        baked = await bake.over()
    hold_same_adapter(baked, undisturbed)
    assert {stage: counts for stage, counts in baked.counts.items() if counts[0]} == {"train": (8, 8, 0)}


def hold_same(baked: Baked, reference: Baked) -> None:
    hold_same_adapter(baked, reference)
    assert baked.counts == reference.counts
    assert [
        planned for planned, done, failed in baked.counts.values() if (done, failed) != (planned, 0)
    ] == []


def hold_same_adapter(baked: Baked, reference: Baked) -> None:
    tensors, metadata = baked.adapter()
    expected, known_by = reference.adapter()
    assert tensors == expected
    varies = set(VARIABLE_KEYS)
    assert {k: v for k, v in metadata.items() if k not in varies} == {
        k: v for k, v in known_by.items() if k not in varies
    }
    assert baked.losses == reference.losses
    assert baked.result["samples"] == reference.result["samples"]
    taken = [
        [(one["epoch"], one["step"]) for one in found.result["adapters"]] for found in (baked, reference)
    ]
    assert taken[0] == taken[1]
