import asyncio
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.jobs.acceptance import Verifier
from bakehouse.jobs.failures import FailureClass, UnitFailure
from bakehouse.jobs.messages import DoneMessage
from bakehouse.jobs.record import JobState
from bakehouse.jobs.records import Held
from bakehouse.jobs.results import Results, UnitResult
from bakehouse.jobs.running import JobFailureError, RunningJob
from bakehouse.jobs.unit_queue import UnitQueue
from bakehouse.jobs.units import UnitStates
from tests.toy.kitchen import Kitchen


async def running(toy: Kitchen, **spec: Any) -> tuple[RunningJob, Held, asyncio.Queue[DoneMessage]]:
    """A planned job of three units that no worker works for: the test speaks for them."""
    async with toy.supervising():
        record = await toy.submit(num_items=3, unit_items=1, **spec)
        async with asyncio.timeout(10):
            while (record := await toy.read(record)).state is not JobState.RUNNING:
                await asyncio.sleep(0.02)
    held = await toy.records.read(record.ref.resource)
    assert record.plan is not None
    words: asyncio.Queue[DoneMessage] = asyncio.Queue()
    queue = UnitQueue(toy.connection, record, pool="cpu")
    verifier = Verifier(Blobs(toy.store, "p"), record.plan, record.job)
    return RunningJob(toy.connection, toy.records, held, queue, verifier, words), held, words


def write_result(toy: Kitchen, held: Held, unit: int, attempt: str = "0123456789ab") -> DoneMessage:
    plan = held.record.plan
    assert plan is not None
    result = UnitResult(
        job=held.record.job, plan=plan, unit=unit, attempt=attempt, num_done=1, duration_us=500_000
    )
    digest = Results(Blobs(toy.store, "p"), plan).write(result)
    return DoneMessage(plan=plan, unit=unit, attempt=attempt, result=digest)


def failure(held: Held, unit: int, failure_class: FailureClass = FailureClass.BUG) -> DoneMessage:
    assert held.record.plan is not None
    reason = UnitFailure(failure_class=failure_class, reason="it broke")
    return DoneMessage(plan=held.record.plan, unit=unit, attempt="a", failure=reason)


async def test_it_ends_when_every_unit_has_a_result(toy: Kitchen) -> None:
    job, held, words = await running(toy)
    for unit in (2, 0, 1):
        words.put_nowait(write_result(toy, held, unit))
    async with asyncio.timeout(10):
        _, record, _ = await job.run()
    assert (record.done_units, record.done_items, record.failed_items) == (3, 3, 0)
    assert job.item_s() == 0.5


async def test_the_second_attempt_at_a_unit_counts_nothing(toy: Kitchen) -> None:
    job, held, words = await running(toy)
    for unit, attempt in ((0, "aaaaaaaaaaaa"), (0, "bbbbbbbbbbbb"), (1, "cccccccccccc"), (2, "dddddddddddd")):
        words.put_nowait(write_result(toy, held, unit, attempt))
    async with asyncio.timeout(10):
        _, record, _ = await job.run()
    assert record.done_items == 3


async def test_a_word_without_a_result_is_not_believed(toy: Kitchen) -> None:
    job, held, words = await running(toy)
    plan = held.record.plan
    assert plan is not None
    words.put_nowait(DoneMessage(plan=plan, unit=0, attempt="0123456789ab", result=plan))
    task = asyncio.create_task(job.run())
    await asyncio.sleep(0.5)
    for unit in range(3):
        words.put_nowait(write_result(toy, held, unit, "ffffffffffff"))
    async with asyncio.timeout(10):
        _, record, _ = await task
    assert record.done_units == 3


async def test_progress_is_recorded_while_it_runs(toy: Kitchen) -> None:
    job, held, words = await running(toy)
    task = asyncio.create_task(job.run())
    words.put_nowait(write_result(toy, held, 1))
    async with asyncio.timeout(5):
        while (await toy.read(held.record)).done_units < 1:
            await asyncio.sleep(0.05)
    units = (await toy.records.read(held.record.ref.resource)).units
    assert units is not None
    assert [units.is_accepted(unit) for unit in range(3)] == [False, True, False]
    task.cancel()


async def test_a_job_that_can_not_work_ends_at_its_first_word(toy: Kitchen) -> None:
    job, held, words = await running(toy)
    words.put_nowait(failure(held, 1, FailureClass.CONFIG))
    with pytest.raises(JobFailureError, match="it broke") as caught:
        await job.run()
    assert caught.value.reason == "CONFIG"


async def test_a_unit_that_fails_three_times_ends_the_job(toy: Kitchen) -> None:
    job, held, words = await running(toy)
    for _ in range(3):
        words.put_nowait(failure(held, 1))
    with pytest.raises(JobFailureError, match="unit 1 of 3 failed 3 times: it broke"):
        await job.run()


async def test_units_accepted_before_are_not_asked_for_again(toy: Kitchen) -> None:
    job, held, _ = await running(toy)
    for unit in range(3):
        write_result(toy, held, unit)
    units = UnitStates(3)
    units.accept(0, has_failures=False)
    async with asyncio.timeout(10):
        _, record, accepted = await job.run()  # without a single word: results speak for themselves
    assert record.done_units == 3
    assert accepted


async def test_a_unit_whose_results_are_never_whole_ends_the_job(toy: Kitchen) -> None:
    job, held, words = await running(toy)
    plan = held.record.plan
    assert plan is not None
    for number in range(3):
        words.put_nowait(DoneMessage(plan=plan, unit=0, attempt=f"{number:012x}", result=plan))
    with pytest.raises(JobFailureError, match="missing or damaged"):
        await job.run()
