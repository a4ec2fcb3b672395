import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bakehouse.jetstream.pull import pulling
from bakehouse.jobs.breaker import Breaker
from bakehouse.jobs.intake import Intake, taking_in
from bakehouse.jobs.keeper import keeping
from bakehouse.jobs.subjects import WorkClass
from tests.toy.kitchen import Kitchen


@pytest.fixture
def breaker() -> Breaker:
    return Breaker(random.Random(0))


@pytest.fixture
async def intake(toy: Kitchen, breaker: Breaker) -> AsyncIterator[Intake]:
    async with AsyncExitStack() as stack:
        keeper = await stack.enter_async_context(keeping(ack_wait_s=4))
        yield await stack.enter_async_context(
            taking_in(toy.connection, service=toy.service.name, pool="cpu", keeper=keeper, breaker=breaker)
        )


async def publish(toy: Kitchen, work_class: WorkClass, *units: int) -> None:
    for unit in units:
        subject = f"work.{toy.service.name}.cpu.{work_class}.p.j.{unit}"
        await toy.connection.publish(subject, str(unit).encode())


async def take(intake: Intake) -> bytes | None:
    async with asyncio.timeout(10):
        delivery = await intake.next(wait_s=5)
    if delivery is None:
        return None
    await delivery.ack()
    return delivery.data


async def test_units_of_both_classes_come(toy: Kitchen, intake: Intake) -> None:
    await publish(toy, WorkClass.BULK, 1)
    assert await take(intake) == b"1"
    await publish(toy, WorkClass.INTERACTIVE, 2)
    assert await take(intake) == b"2"


async def test_of_what_is_ready_interactive_goes_first(toy: Kitchen, intake: Intake) -> None:
    intake.fetch_ahead(2)
    await publish(toy, WorkClass.BULK, 1)
    await asyncio.sleep(0.3)
    await publish(toy, WorkClass.INTERACTIVE, 2)
    await asyncio.sleep(0.3)
    assert [await take(intake), await take(intake)] == [b"2", b"1"]


async def test_nothing_is_fetched_that_nobody_waits_for(toy: Kitchen, intake: Intake) -> None:
    await publish(toy, WorkClass.BULK, 1)
    await asyncio.sleep(0.5)
    info = await toy.connection.api(f"CONSUMER.INFO.WORK.work-{toy.service.name}-cpu-bulk")
    assert info["num_ack_pending"] == 0


async def test_what_can_not_begin_soon_is_given_back(toy: Kitchen, intake: Intake) -> None:
    intake.fetch_ahead(1)
    await asyncio.sleep(0.2)
    intake.fetch_ahead(0)
    await publish(toy, WorkClass.BULK, 1)
    durable = f"work-{toy.service.name}-cpu-bulk"
    async with pulling(toy.connection, stream="WORK", durable=durable) as another:
        delivery = await another.take(wait_s=3.5)  # less than the ack wait
    assert delivery is not None
    assert delivery.num_delivered == 2


async def test_while_a_dependency_is_down_nothing_is_fetched(
    toy: Kitchen, intake: Intake, breaker: Breaker
) -> None:
    breaker.fail(now=0)
    await publish(toy, WorkClass.BULK, 1)
    taking = asyncio.create_task(take(intake))
    await asyncio.sleep(0.6)
    assert not taking.done()
    breaker.succeed()
    assert await taking == b"1"


async def test_closed_it_gives_nothing_and_back_what_it_had(toy: Kitchen, intake: Intake) -> None:
    intake.fetch_ahead(1)
    await publish(toy, WorkClass.BULK, 1)
    await asyncio.sleep(0.3)
    waiting = asyncio.create_task(intake.next(wait_s=None))
    assert await waiting is not None
    waiting = asyncio.create_task(intake.next(wait_s=None))
    await asyncio.sleep(0.1)
    await intake.close()
    assert await waiting is None
    assert intake.is_closed
