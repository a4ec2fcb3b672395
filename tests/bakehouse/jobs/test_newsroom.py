from dataclasses import replace

from bakehouse.events.shapes import EVENTS, decode_event
from bakehouse.jetstream.tail import CaughtUp, tailing
from bakehouse.jobs.record import JobRecord, JobState
from tests.toy.kitchen import Kitchen


async def told(toy: Kitchen, record: JobRecord, kind: str) -> list[str]:
    found: list[str] = []
    async with tailing(toy.connection, EVENTS, f"events.p.job.{record.job}.{kind}", start="first") as tail:
        async for message in tail:
            if isinstance(message, CaughtUp):
                break
            found.append(str(decode_event(message.subject, message.data).data["item"]))
    return found


async def test_what_units_tell_is_heard_in_order_and_once(open_toy: Kitchen) -> None:
    record = await open_toy.submit(num_items=40, unit_items=40, seed=91, tell=True)
    record = await open_toy.over(record)
    assert record.state is JobState.SUCCEEDED
    # All of it came before the end of the job.
    assert await told(open_toy, record, "sample") == [f"i{n:08d}" for n in range(40)]
    assert len(await told(open_toy, record, "progress")) < 5  # at most once a second


async def test_news_is_a_sign_of_life(toy: Kitchen) -> None:
    impatient = replace(toy.worker_spec().child, stall_s=1.0)
    async with toy.supervising(), toy.working(child=impatient):
        slow = await toy.submit(num_items=4, unit_items=4, batch_items=4, sleep_ms=600, tell=True, seed=93)
        assert (await toy.over(slow)).failed_items == 0
