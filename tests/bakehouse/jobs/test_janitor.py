import asyncio

from bakehouse.jobs.janitor import Janitor
from bakehouse.jobs.record import JobState
from bakehouse.jobs.records import JobSignal
from bakehouse.jobs.subjects import done_subject, supervise_subject
from tests.toy.kitchen import Kitchen


def janitor_of(toy: Kitchen) -> Janitor:
    return Janitor(toy.connection, toy.records, toy.service.name)


async def test_a_job_without_supervisor_gets_one(toy: Kitchen) -> None:
    record = await toy.submit(num_items=1)
    await toy.connection.purge("SUPERVISE", supervise_subject(record.ref))
    janitor = janitor_of(toy)
    janitor.notice(
        JobSignal(ref=record.ref.resource, service=toy.service.name, state=JobState.QUEUED, epoch=0)
    )
    await janitor.tidy()
    await janitor.tidy()
    assert await toy.left(record) == {supervise_subject(record.ref): 1}


async def test_a_job_that_was_rebuilt_without_headers_is_looked_up(toy: Kitchen) -> None:
    record = await toy.submit(num_items=1)
    await toy.connection.purge("SUPERVISE", supervise_subject(record.ref))
    janitor = janitor_of(toy)
    janitor.notice(JobSignal(ref=record.ref.resource, service="", state=None, epoch=0))
    await janitor.tidy()
    assert await toy.left(record) == {supervise_subject(record.ref): 1}


async def test_what_a_finished_job_left_is_purged(open_toy: Kitchen) -> None:
    record = await open_toy.over(await open_toy.submit(num_items=1))
    await open_toy.connection.publish(done_subject(record.ref), b"late")
    await open_toy.connection.publish(f"work.{open_toy.service.name}.cpu.bulk.p.{record.job}.0", b"late")
    await janitor_of(open_toy).tidy()
    async with asyncio.timeout(5):
        while await open_toy.left(record):
            await asyncio.sleep(0.05)


async def test_messages_of_unfinished_jobs_stay(toy: Kitchen) -> None:
    record = await toy.submit(num_items=1)
    await toy.connection.publish(done_subject(record.ref), b"word")
    await janitor_of(toy).tidy()
    assert done_subject(record.ref) in await toy.left(record)
