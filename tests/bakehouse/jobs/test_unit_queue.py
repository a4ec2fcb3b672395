from dataclasses import replace

from bakehouse.digest import digest_bytes
from bakehouse.jobs.messages import WORK_WIRE
from bakehouse.jobs.record import JobRecord
from bakehouse.jobs.subjects import work_of_job
from bakehouse.jobs.unit_queue import UnitQueue
from tests.toy.kitchen import Kitchen


async def planned(toy: Kitchen) -> JobRecord:
    return replace(await toy.submit(num_items=1), plan=digest_bytes(b"plan"), epoch=1)


async def test_published_units_are_present(toy: Kitchen) -> None:
    record = await planned(toy)
    queue = UnitQueue(toy.connection, record, pool="cpu")
    await queue.publish(range(1500))
    assert await queue.present() == set(range(1500))


async def test_a_unit_published_again_is_a_new_message(toy: Kitchen) -> None:
    record = await planned(toy)
    queue = UnitQueue(toy.connection, record, pool="cpu")
    await queue.publish([7])
    await toy.connection.purge("WORK", work_of_job(record.ref))
    await queue.publish([7])
    assert await queue.present() == {7}


async def test_a_message_says_all_that_a_worker_needs(toy: Kitchen) -> None:
    record = await planned(toy)
    await UnitQueue(toy.connection, record, pool="cpu").publish([3])
    (subject,) = await toy.connection.subjects("WORK", work_of_job(record.ref))
    message = await toy.connection.last_message("WORK", subject)
    assert message is not None
    work = WORK_WIRE.decode(message.data)
    assert (work.ref, work.plan, work.unit, work.spec) == (record.ref, record.plan, 3, record.spec)
