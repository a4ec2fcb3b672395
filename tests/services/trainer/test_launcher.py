"""Runs through the real launcher, torchrun and ranks; those with a kitchen through queue and worker, too."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jobs.failures import ConfigError
from bakehouse.jobs.plan import PlanReader
from bakehouse.jobs.record import JobState
from bakehouse.jobs.stage import UnitRequest
from services.trainer.launcher import Launcher, Run
from tests.nats_process import NatsProcess
from tests.services.trainer.bakery import PROJECT, open_bakery
from tests.services.trainer.kitchen import TrainerKitchen, children, ranks, trainer_kitchen
from tests.services.trainer.oven import Oven, same

Tell = Callable[[str, str, Any], None]


async def until(happened: Callable[[], bool], within_s: float = 120) -> None:
    async with asyncio.timeout(within_s):
        while not happened():
            await asyncio.sleep(0.02)


def newest_step(kitchen: TrainerKitchen) -> int:
    return max(
        (int(name.split("step-")[1][:8]) for name in kitchen.checkpoints() if "step-" in name), default=0
    )


@pytest.mark.faults
async def test_a_run_survives_the_death_of_its_launcher_and_of_its_rank(
    shared_nats: NatsProcess, tmp_path: Path
) -> None:
    bakery = open_bakery(tmp_path)
    spec = bakery.spec(max_train_steps=90, save_every_n_steps=5, lr_scheduler="cosine")
    async with trainer_kitchen(shared_nats, bakery) as kitchen, kitchen.open_for_business():
        record = await kitchen.train(bakery, spec)
        await until(lambda: newest_step(kitchen) >= 5)
        orphans = ranks()
        children()[0].kill()
        await until(lambda: not any(rank.is_running() for rank in orphans), within_s=10)
        reached = newest_step(kitchen)
        await until(lambda: newest_step(kitchen) > reached)
        kill(ranks()[0])
        record = await kitchen.over(record, within_s=180)
    assert record.state is JobState.SUCCEEDED, record
    result: Any = record.result
    adapter, losses = Digest(result["adapter"]), Digest(result["losses"])
    found = Blobs(bakery.store, PROJECT)
    assert [json.loads(line)["step"] for line in found.get(losses).splitlines()] == list(range(1, 91))
    oven = Oven(bakery)
    undisturbed = oven.bake(oven.order({**spec, "training_comment": "another plan"}))
    assert found.get(losses) == oven.losses(undisturbed)
    assert same(oven.tensors(undisturbed), oven.load(adapter))


async def test_a_loss_that_is_no_number_fails_the_job_at_once(
    shared_nats: NatsProcess, tmp_path: Path
) -> None:
    bakery = open_bakery(tmp_path)
    async with trainer_kitchen(shared_nats, bakery) as kitchen, kitchen.open_for_business():
        record = await kitchen.train(bakery, bakery.spec(learning_rate="1e30"))
        record = await kitchen.over(record, within_s=120)
    assert record.state is JobState.FAILED
    assert "the loss of step" in str(record.error)
    assert "lower learning_rate" in str(record.error)


def open_run(oven: Oven, spec: dict[str, Any], tell: Tell = lambda *_: None) -> Run:
    plan, _ = oven.plan(spec)
    blobs = oven.bakery.blobs
    oven.point_processes_here()
    return Launcher().open(
        UnitRequest(
            kind="trainer.train",
            spec=spec,
            blobs=blobs,
            payload=PlanReader(blobs).unit(plan, 0).payload,
            job="j",
            plan=plan,
            unit=0,
            inputs=oven.bakery.inputs,
            tell=tell,
        )
    )


def test_batches_are_what_checkpoints_make_safe(oven: Oven) -> None:
    run = open_run(oven, oven.bakery.spec(max_train_steps=5, save_every_n_steps=2))
    assert run.batches == [["step-1", "step-2"], ["step-3", "step-4"], ["step-5"]]


def test_two_ranks_train_what_one_does_with_twice_the_batch_though_one_died(oven: Oven) -> None:
    spec = oven.bakery.spec(max_train_steps=3, train_batch_size=1, num_processes=2, seed=76)
    heard: list[tuple[str, str, Json]] = []
    run = open_run(oven, spec, lambda *news: heard.append(news))
    with killing_ranks(at_most=1):
        for batch in run.batches:
            run.run(batch)
    two = oven.losses_of(run.close().outputs)
    one = oven.bake(oven.order({**spec, "num_processes": 1, "train_batch_size": 2}))
    expected = [json.loads(line)["loss"] for line in oven.losses(one).splitlines()]
    assert [json.loads(line)["loss"] for line in two.splitlines()] == pytest.approx(expected, rel=1e-4)
    assert ("checkpoint", "step-3", {"step": 3}) in heard


def test_ranks_that_always_die_end_the_run_with_a_hint(oven: Oven) -> None:
    run = open_run(oven, oven.bakery.spec(max_train_steps=500, save_every_n_steps=400, seed=77))
    with (
        killing_ranks(at_most=100),
        pytest.raises(ConfigError, match=r"died 3 times after step 0 .* train_batch_size"),
    ):
        run.run(run.batches[0])
    assert ranks() == []


@contextmanager
def killing_ranks(*, at_most: int) -> Iterator[None]:
    """Meanwhile the first ranks that are seen die, before they have begun."""
    over = threading.Event()
    killed: set[int] = set()

    def look() -> None:
        while len(killed) < at_most and not over.wait(0.1):
            for rank in ranks()[: at_most - len(killed)]:
                killed.add(rank.pid)
                kill(rank)

    killer = threading.Thread(target=look)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()
    assert killed


def kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):  # it ended by itself
        process.kill()
