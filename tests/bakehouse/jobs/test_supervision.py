import asyncio
import uuid
from dataclasses import replace

from bakehouse.jobs.messages import SUPERVISE_WIRE, SuperviseMessage
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.jobs.subjects import supervise_subject
from tests.toy.kitchen import Kitchen


async def reached(toy: Kitchen, record: JobRecord, state: JobState, *, epoch: int = 0) -> JobRecord:
    async with asyncio.timeout(15):
        while (record := await toy.read(record)).state is not state or record.epoch < epoch:
            await asyncio.sleep(0.02)
    return record


async def test_a_job_goes_on_under_another_supervisor(toy: Kitchen) -> None:
    async with toy.supervising("first"):
        record = await toy.submit(num_items=6, unit_items=1)
        await reached(toy, record, JobState.RUNNING)
    async with toy.supervising("second"), toy.working():
        record = await toy.over(record)
    assert (record.state, record.epoch, record.supervisor) == (JobState.SUCCEEDED, 2, "second")
    assert len(toy.rows(record)) == 6


async def queued(toy: Kitchen, record: JobRecord, num_units: int) -> None:
    """Return when as many units are on the queue."""
    async with asyncio.timeout(30):
        while num_units != len([name for name in await toy.left(record) if name.startswith("work.")]):
            await asyncio.sleep(0.05)


async def test_results_nobody_accepted_are_taken_by_the_next(toy: Kitchen) -> None:
    async with toy.supervising("first"):
        record = await toy.submit(num_items=6, unit_items=1)
        await queued(toy, record, 6)
    async with toy.working():
        await queued(toy, record, 0)
    async with toy.supervising("second"):  # no worker is there any more
        record = await toy.over(record)
    assert record.state is JobState.SUCCEEDED


async def test_a_lost_queue_is_filled_again(toy: Kitchen) -> None:
    async with toy.supervising():
        record = await toy.submit(num_items=6, unit_items=1)
        await reached(toy, record, JobState.RUNNING)
        await asyncio.sleep(0.3)
        await toy.connection.purge("WORK", f"work.{toy.service.name}.>")
        async with toy.working():
            record = await toy.over(record, within_s=40)
    assert len(toy.rows(record)) == 6


async def test_a_second_message_for_a_job_moves_it_and_does_no_harm(toy: Kitchen) -> None:
    async with toy.supervising("a"), toy.supervising("b"), toy.working():
        record = await toy.submit(num_items=10, unit_items=1, sleep_ms=200)
        await reached(toy, record, JobState.RUNNING)
        message = SUPERVISE_WIRE.encode(SuperviseMessage(project="p", job=record.job))
        await toy.connection.publish(supervise_subject(record.ref), message)
        record = await reached(toy, record, JobState.RUNNING, epoch=2)
        record = await toy.over(record)
    assert (record.state, record.epoch) == (JobState.SUCCEEDED, 2)
    assert len(toy.rows(record)) == 10


async def test_of_two_that_take_a_job_one_wins(toy: Kitchen) -> None:
    """An old epoch ends by itself, even if nothing happens that it would have to write down."""
    async with toy.supervising("a"):
        record = await toy.submit(num_items=1)
        await reached(toy, record, JobState.RUNNING)
        held = await toy.records.read(record.ref.resource)

        stolen = replace(held.record, epoch=held.record.epoch + 1, supervisor="thief")
        await toy.records.swap(held, stolen, held.units, durable=True)
        async with toy.working():
            await asyncio.sleep(1.5)
        assert (await toy.read(record)).supervisor == "thief"
        assert (await toy.read(record)).state is JobState.RUNNING


async def test_a_cancelled_job_leaves_nothing(toy: Kitchen) -> None:
    async with toy.supervising():
        record = await toy.submit(num_items=100, unit_items=1)
        await reached(toy, record, JobState.RUNNING)
        await toy.desk.cancel(record.ref)
        record = await toy.over(record)
    assert record.state is JobState.CANCELLED


async def test_a_message_of_a_job_that_nobody_knows_is_dropped(toy: Kitchen) -> None:
    subject = f"supervise.{toy.service.name}.p.{uuid.uuid4().hex}"
    await toy.connection.publish(subject, b"x")
    async with toy.supervising():
        async with asyncio.timeout(10):
            while await toy.connection.subjects("SUPERVISE", subject):
                await asyncio.sleep(0.05)
