"""Jobs under kills. A seed draws the jobs, the faults and their moments; the checker judges the history."""

import asyncio
import json
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import canonical_digest
from bakehouse.errors import BakehouseError
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.submit import JobDesk, JobOrder
from bakehouse.patience import until_available
from bakehouse.registry.revisions import Revisions
from tests.faults.chaos import PHASES, Chaos, double_everything
from tests.faults.checker import Checker, expected_rows
from tests.faults.recorder import History, record_logs, record_nats, record_store, record_toy
from tests.faults.studio import Studio, running_studio
from tests.nats_process import TOKEN
from tests.toy.tables import write_captions

IN_CI = range(4)
ALL = range(4, 36)
WITHIN_S = 120


def draw_spec(rng: random.Random, number: int) -> dict[str, Any]:
    num_items = rng.randrange(40, 160)
    items = [f"i{n:08d}" for n in range(num_items)]
    return {
        "seed": number,
        "num_items": num_items,
        "unit_items": rng.randrange(3, 12),
        "batch_items": rng.randrange(1, 6),
        "sleep_ms": rng.randrange(5, 40),
        "plan_ms": rng.choice([0, 400]),
        "finalise_ms": rng.choice([0, 400]),
        "fail": rng.sample(items, rng.choice([0, 1])),
        "crash": rng.sample(items, rng.choice([0, 0, 1])),
    }


def expected_manifest(spec: dict[str, Any]) -> dict[str, str]:
    """The manifest of these items, made without a job, a queue or a kill."""
    rows = map(json.loads, expected_rows(spec))
    with TemporaryDirectory() as folder:
        store = DirectoryStore(Path(folder) / "store")
        store.create()
        ref = write_captions(Blobs(store, "p"), canonical_digest(spec), rows, Path(folder))
    return {"blob": ref.blob, "content": ref.content}


class Run:
    """One seed's jobs and faults."""

    def __init__(self, studio: Studio, connection: Connection, history: History, rng: random.Random) -> None:
        self._connection = connection
        self._history = history
        self._rng = rng
        self._chaos = Chaos(studio, connection, history, rng)
        store = DirectoryStore(studio.store)
        self._records = JobRecords(connection, Revisions(store))
        self._desk = JobDesk(connection, store, self._records)

    async def submit(self, number: int) -> JobRecord:
        spec = draw_spec(self._rng, number)
        order = JobOrder(
            service="toy", project="p", job=f"job-{number}", kind="toy.bake", spec=spec, request=f"r{number}"
        )
        record = await until_available(lambda: self._desk.submit(order), what="desk")
        self._history.note(
            "submitted",
            job=record.job,
            spec=spec,
            expected_state="SUCCEEDED",
            expected_manifest=expected_manifest(spec),
        )
        return record

    async def state(self, record: JobRecord) -> JobState:
        held = await until_available(lambda: self._records.read(record.ref.resource), what="record")
        return held.record.state

    async def suffer(self, record: JobRecord, fault: str) -> None:
        """Strike at a random moment of a random phase of a job."""
        phase = self._rng.choice(PHASES)
        while (state := await self.state(record)) is not phase and not state.is_final:
            await asyncio.sleep(0.02)
        await asyncio.sleep(
            self._rng.uniform(0, 0.8) if phase is JobState.RUNNING else self._rng.uniform(0, 0.3)
        )
        await self._chaos.strike(fault)

    async def all_over(self, records: list[JobRecord]) -> None:
        for record in records:
            while not (await self.state(record)).is_final:
                await asyncio.sleep(0.1)
        while await self._left():
            await asyncio.sleep(0.1)

    async def all_acked(self) -> None:
        """Return when no delivery is open: one to a worker that was killed is so for its ack wait."""
        with suppress(TimeoutError):  # the checker says what is
            async with asyncio.timeout(15):
                while await self._unacked():
                    await asyncio.sleep(0.2)

    async def _unacked(self) -> bool:
        listed = await self._connection.api("CONSUMER.LIST.WORK")
        return any(consumer["num_ack_pending"] for consumer in listed["consumers"])

    async def _left(self) -> bool:
        with suppress(BakehouseError):
            streams = ("WORK", "SUPERVISE", "DONE")
            return any([await self._connection.subjects(stream, ">") for stream in streams])
        return True


async def nothing(_: Studio) -> None:
    """No fault beside those that are drawn."""


async def bake(
    folder: Path,
    seed: int,
    faults: list[str],
    *,
    doubled: bool = False,
    also: Callable[[Studio], Awaitable[None]] = nothing,
) -> list[str]:
    """Run jobs under faults; what the checker finds wrong."""
    rng, history = random.Random(seed), History(folder / "history.jsonl")
    async with running_studio(folder / "studio") as (studio, connection):
        doubling = asyncio.create_task(double_everything(connection)) if doubled else None
        run = Run(studio, connection, history, rng)
        async with asyncio.timeout(WITHIN_S):
            records = [await run.submit(number) for number in range(3)]
            for fault in faults:
                await run.suffer(rng.choice(records), fault)
            await also(studio)
            await run.all_over(records)
        if doubling is not None:
            doubling.cancel()
        await asyncio.sleep(0.5)
        await run.all_acked()
        await record_nats(history, studio.nats.server.url, TOKEN)
    record_store(history, studio.store)
    record_logs(history, list(studio.logs()))
    record_toy(history, studio.history)
    return Checker(history.path).check()


def draw_faults(seed: int) -> list[str]:
    rng = random.Random(seed * 7919)
    kinds = [
        "kill_supervisor",
        "kill_worker",
        "kill_child",
        "kill_nats",
        "stop_worker",
        "stop_supervisor",
        "terminate_worker",
        "lose_nats_disk",
    ]
    first = kinds[seed % len(kinds)]  # each kind leads some seeds
    return [first, *rng.choices(kinds, k=2)]


@pytest.mark.parametrize("seed", [*IN_CI, *(pytest.param(n, marks=pytest.mark.faults) for n in ALL)])
async def test_jobs_end_the_same_whatever_is_killed(seed: int, tmp_path: Path) -> None:
    faults = draw_faults(seed)
    print(f"seed {seed}: {faults}")  # noqa: T201 - a failed run is repeated by its seed
    assert await bake(tmp_path, seed, faults) == []


@pytest.mark.parametrize("seed", [100, *(pytest.param(n, marks=pytest.mark.faults) for n in (101, 102, 103))])
async def test_jobs_end_the_same_when_every_message_comes_twice(seed: int, tmp_path: Path) -> None:
    assert await bake(tmp_path, seed, ["kill_worker"], doubled=True) == []


@pytest.mark.parametrize("away_s", [6.0, pytest.param(60.0, marks=pytest.mark.faults)])
async def test_a_store_that_is_away_fails_nothing(away_s: float, tmp_path: Path) -> None:
    async def leave(studio: Studio) -> None:
        await asyncio.sleep(0.8)
        studio.store.rename(studio.folder / "elsewhere")
        await asyncio.sleep(away_s)
        (studio.folder / "elsewhere").rename(studio.store)

    assert await bake(tmp_path, 200, [], also=leave) == []


async def test_a_rolling_restart_fails_nothing(tmp_path: Path) -> None:
    async def roll(studio: Studio) -> None:
        for name in (*studio.serves, *studio.works):
            await studio.ready(name, times=1)
            studio.signal(name, signal.SIGTERM)
            assert await asyncio.to_thread(studio.wait, name, 10) == 0
            studio.start(name)
            await studio.ready(name, times=2)

    assert await bake(tmp_path, 300, [], also=roll) == []
