import asyncio
import uuid
from dataclasses import replace

import pytest

from bakehouse.errors import AlreadyExistsError, InvalidInputError, NotFoundError, StaleError
from bakehouse.events.shapes import EVENTS
from bakehouse.jobs.record import JobState
from bakehouse.jobs.subjects import JobRef
from bakehouse.jobs.submit import JobOrder
from tests.toy.kitchen import Kitchen


def order(toy: Kitchen, **changes: object) -> JobOrder:
    plain = JobOrder(
        service=toy.service.name,
        project="p",
        job=f"j{uuid.uuid4().hex[:10]}",
        kind=f"{toy.service.name}.bake",
        spec={"num_items": 1},
        request="request-1",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # whatever a test wants


async def test_a_job_is_queued_and_waits_for_a_supervisor(toy: Kitchen) -> None:
    record = await toy.desk.submit(order(toy))
    assert record.state is JobState.QUEUED
    assert await toy.left(record) == {f"supervise.{toy.service.name}.p.{record.job}": 1}


async def test_the_same_request_twice_is_one_job(toy: Kitchen) -> None:
    wanted = order(toy)
    first, second = await asyncio.gather(toy.desk.submit(wanted), toy.desk.submit(wanted))
    assert first == second
    assert len(await toy.left(first)) == 1
    events = await toy.connection.subjects(EVENTS, f"events.p.job.{first.job}.state")
    assert list(events.values()) == [1]


async def test_the_same_request_for_something_else_is_refused(toy: Kitchen) -> None:
    wanted = order(toy)
    await toy.desk.submit(wanted)
    with pytest.raises(InvalidInputError, match="request_id 'request-1' was used") as caught:
        await toy.desk.submit(replace(wanted, spec={"num_items": 2}))
    assert caught.value.field == "request_id"


async def test_a_taken_id_is_refused(toy: Kitchen) -> None:
    wanted = order(toy)
    await toy.desk.submit(wanted)
    with pytest.raises(AlreadyExistsError):
        await toy.desk.submit(replace(wanted, request="request-2"))


async def test_a_job_whose_queueing_was_cut_short_is_queued_by_asking_again(toy: Kitchen) -> None:
    wanted = order(toy)
    record = await toy.desk.submit(wanted)
    await toy.connection.purge("SUPERVISE", f"supervise.{toy.service.name}.p.{record.job}")
    await toy.desk.submit(wanted)
    assert len(await toy.left(record)) == 1


async def test_cancel_is_final_and_twice_is_once(toy: Kitchen) -> None:
    record = await toy.desk.submit(order(toy))
    cancelled = await toy.desk.cancel(record.ref)
    assert cancelled.state is JobState.CANCELLED
    assert (await toy.desk.cancel(record.ref)).version == cancelled.version


async def test_cancel_of_an_older_version_is_refused(toy: Kitchen) -> None:
    record = await toy.desk.submit(order(toy))
    with pytest.raises(StaleError):
        await toy.desk.cancel(record.ref, version=record.version + 1)


async def test_cancel_of_nothing(toy: Kitchen) -> None:
    with pytest.raises(NotFoundError):
        await toy.desk.cancel(JobRef(service="x", project="p", job="no-such-job"))
