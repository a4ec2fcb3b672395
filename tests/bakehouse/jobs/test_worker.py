import asyncio
import time
from collections.abc import Callable

import pytest

from bakehouse.jobs.messages import WORK_WIRE, WorkMessage
from bakehouse.jobs.record import JobState
from bakehouse.jobs.subjects import WorkClass, work_of_service, work_subject
from bakehouse.registry.revisions import ResourceRef
from tests.toy.kitchen import Kitchen


async def until(condition: Callable[[], bool], *, within_s: float = 10) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.02)


async def at_work(toy: Kitchen, job: str) -> None:
    """Return when a unit of the job is with a worker."""
    async with asyncio.timeout(10):
        while True:
            found = [await consumer_pending(toy, work_class) for work_class in WorkClass]
            if sum(found):
                return
            await asyncio.sleep(0.05)


async def consumer_pending(toy: Kitchen, work_class: WorkClass) -> int:
    info = await toy.connection.api(f"CONSUMER.INFO.WORK.work-{toy.service.name}-cpu-{work_class}")
    return int(info["num_ack_pending"])


async def test_cancel_stops_the_work_within_five_seconds(toy: Kitchen) -> None:
    async with toy.supervising(), toy.working() as worker:
        record = await toy.submit(num_items=8, unit_items=1, hang=[f"i{n:08d}" for n in range(8)])
        await at_work(toy, record.job)
        started = time.monotonic()
        await toy.desk.cancel(record.ref)
        record = await toy.over(record, within_s=5)
        assert record.state is JobState.CANCELLED
        await until(lambda: worker.is_idle, within_s=5 - (time.monotonic() - started))


async def test_told_to_stop_it_finishes_what_is_short(toy: Kitchen) -> None:
    async with toy.supervising():
        async with toy.working():
            record = await toy.submit(num_items=2, unit_items=1, sleep_ms=700)
            await at_work(toy, record.job)
        async with asyncio.timeout(5):
            while (await toy.read(record)).done_units < 1:
                await asyncio.sleep(0.05)


async def test_told_to_stop_it_hands_back_what_is_long(toy: Kitchen) -> None:
    async with toy.supervising():
        started = time.monotonic()
        async with toy.working(drain_s=1):
            record = await toy.submit(num_items=1, sleep_ms=8000)
            await at_work(toy, record.job)
        assert time.monotonic() - started < 6
        async with toy.working():
            await toy.over(record, within_s=20)


async def test_a_unit_of_a_job_that_is_over_is_dropped(toy: Kitchen) -> None:
    async with toy.supervising():
        async with toy.working():
            record = await toy.over(await toy.submit(num_items=1))
        await republish_unit(toy, record.job)
        async with toy.working():
            async with asyncio.timeout(10):
                while await toy.connection.subjects("WORK", work_of_service(toy.service.name)):
                    await asyncio.sleep(0.05)


async def republish_unit(toy: Kitchen, job: str) -> None:
    record = (await toy.records.read(ResourceRef(project="p", kind="job", id=job))).record
    assert record.plan is not None
    message = WorkMessage(
        service=record.service,
        project="p",
        job=job,
        kind=record.kind,
        spec=record.spec,
        plan=record.plan,
        unit=0,
    )
    subject = work_subject(record.ref, "cpu", WorkClass.BULK, 0)
    await toy.connection.publish(subject, WORK_WIRE.encode(message))


@pytest.mark.parametrize("data", [b"garbage", b'{"schema":1}'])
async def test_garbage_is_taken_off_the_queue(data: bytes, toy: Kitchen) -> None:
    subject = f"work.{toy.service.name}.cpu.bulk.p.j.0"
    await toy.connection.publish(subject, data)
    async with toy.working():
        async with asyncio.timeout(10):
            while await toy.connection.subjects("WORK", subject):
                await asyncio.sleep(0.05)


async def test_a_message_of_a_newer_program_is_left_for_it(toy: Kitchen) -> None:
    subject = f"work.{toy.service.name}.cpu.bulk.p.j.0"
    await toy.connection.publish(subject, b'{"schema":99}')
    async with toy.working():
        await asyncio.sleep(1)
    assert await toy.connection.subjects("WORK", subject) == {subject: 1}


async def test_interactive_units_go_first(toy: Kitchen) -> None:
    async with toy.supervising():
        bulk = await toy.submit(num_items=60, unit_items=1, sleep_ms=100)
        async with toy.working():
            await at_work(toy, bulk.job)
            small = await toy.submit(num_items=1, seed=1)
            await toy.over(small, within_s=4)
            assert (await toy.read(bulk)).state is JobState.RUNNING
            await toy.desk.cancel(bulk.ref)


async def test_an_idle_child_that_has_worked_is_replaced(toy: Kitchen) -> None:
    async with toy.supervising(), toy.working(idle_s=0.5) as worker:
        await until(lambda: worker.child_pids != [None])
        before = worker.child_pids
        await toy.over(await toy.submit(num_items=1))
        await until(lambda: worker.child_pids not in (before, [None]))
        again = worker.child_pids
        await asyncio.sleep(1)
        assert worker.child_pids == again  # one that has not worked stays
