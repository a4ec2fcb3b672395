import asyncio

from bakehouse.jobs.liveness import Liveness
from bakehouse.registry.revisions import ResourceRef
from tests.toy.kitchen import Kitchen


async def test_a_job_is_live_until_it_is_over(toy: Kitchen) -> None:
    ended: list[ResourceRef] = []

    async def on_over(ref: ResourceRef) -> None:
        ended.append(ref)

    liveness = Liveness(toy.connection, toy.records, on_over)
    following = asyncio.create_task(liveness.follow())
    record = await toy.submit(num_items=1)
    await asyncio.sleep(0.3)
    assert await liveness.is_live(record.ref.resource)
    await toy.desk.cancel(record.ref)
    async with asyncio.timeout(5):
        while record.ref.resource not in ended:
            await asyncio.sleep(0.02)
    assert not await liveness.is_live(record.ref.resource)
    following.cancel()


async def test_a_missed_event_is_made_up_for_by_asking(toy: Kitchen) -> None:
    async def on_over(_: ResourceRef) -> None:
        raise AssertionError("nobody listens here")

    liveness = Liveness(toy.connection, toy.records, on_over)
    record = await toy.submit(num_items=1)
    assert await liveness.is_live(record.ref.resource)
    await toy.desk.cancel(record.ref)
    async with asyncio.timeout(5):
        while await liveness.is_live(record.ref.resource):
            await asyncio.sleep(0.1)


async def test_a_job_that_never_was_is_over(toy: Kitchen) -> None:
    async def on_over(_: ResourceRef) -> None:
        raise AssertionError("nobody listens here")

    liveness = Liveness(toy.connection, toy.records, on_over)
    assert not await liveness.is_live(ResourceRef(project="p", kind="job", id="nothing"))
