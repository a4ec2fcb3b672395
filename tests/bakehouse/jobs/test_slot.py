import asyncio
import random
import time
from pathlib import Path

from bakehouse.jobs.breaker import Breaker
from bakehouse.jobs.failures import FailureClass
from bakehouse.jobs.pipe import News
from bakehouse.jobs.results import Results
from bakehouse.jobs.slot import Slot
from tests.bakehouse.jobs.test_child_process import Bench, opened


def slot_of(bench: Bench, heard: list[News] | None = None) -> Slot:
    told = [] if heard is None else heard
    return Slot(bench.child, Breaker(random.Random(0)), lambda _work, news: told.append(news))


async def test_the_killer_is_found_and_the_rest_is_computed(tmp_path: Path) -> None:
    async with opened(tmp_path, stall_s=2.0) as bench:
        order = bench.order({"crash": ["i00000002"]})
        assert order.work is not None
        done = await slot_of(bench).compute(order.work)
        assert done is not None
        result = Results(bench.blobs, done.plan).read(0, done.attempt, expected=done.result)
        assert (result.num_done, [f.item for f in result.failures]) == (5, ["i00000002"])
        assert result.batch_limit is None


async def test_memory_that_does_not_suffice_is_told_in_the_result(tmp_path: Path) -> None:
    async with opened(tmp_path, memory_limit_mib=512) as bench:
        order = bench.order({"batch_items": 6, "eat": ["i00000002"]})
        assert order.work is not None
        done = await slot_of(bench).compute(order.work)
        assert done is not None
        result = Results(bench.blobs, done.plan).read(0, done.attempt)
        assert [(f.item, f.failure_class) for f in result.failures] == [("i00000002", FailureClass.MEMORY)]
        assert result.batch_limit is not None


async def test_a_job_that_can_not_work_is_told_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as bench:
        order = bench.order({"config": True})
        assert order.work is not None
        done = await slot_of(bench).compute(order.work)
        assert done is not None
        assert done.failure is not None
        assert done.failure.failure_class is FailureClass.CONFIG


async def test_a_store_that_is_away_is_waited_for(tmp_path: Path) -> None:
    heard: list[News] = []
    async with opened(tmp_path) as bench:
        order, slot = bench.order({}), slot_of(bench, heard)
        assert order.work is not None
        (tmp_path / "store").rename(tmp_path / "elsewhere")
        computing = asyncio.create_task(slot.compute(order.work))
        await asyncio.sleep(1.5)
        assert not computing.done()
        assert {news.type for news in heard} == {"waiting"}
        assert "the store's directory" in str(heard[0].data["reason"])
        assert len({news.id for news in heard}) == len(heard)
        (tmp_path / "elsewhere").rename(tmp_path / "store")
        async with asyncio.timeout(10):
            done = await computing
        assert done is not None
        assert done.failure is None


async def test_cancelled_while_it_waits_it_ends_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as bench:
        order, slot = bench.order({}), slot_of(bench)
        assert order.work is not None
        (tmp_path / "store").rename(tmp_path / "elsewhere")
        computing = asyncio.create_task(slot.compute(order.work))
        await asyncio.sleep(2)
        started = time.monotonic()
        cancelling = asyncio.create_task(slot.cancel())
        assert await computing is None
        assert time.monotonic() - started < 4
        await cancelling
