"""The jobs of a pipeline, and jobs that only look like them."""

from collections.abc import AsyncIterator

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.errors import InvalidInputError
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.record import JobState
from bakehouse.jobs.submit import JobDesk, JobOrder
from gateway.jobs import Kinds
from gateway.pipelines.jobs import PipelineJobs
from gateway.pipelines.steps import STAGES, Order
from tests.gateway.backroom import Backroom, backroom
from tests.gateway.bakes import pipeline

ORDER = Order(stage=STAGES[0], spec={"files": "f" * 64})


@pytest.fixture
async def room(connection: Connection, store: DirectoryStore) -> AsyncIterator[Backroom]:
    async with backroom(connection, store) as opened:
        yield opened


async def test_a_job_is_started_once_and_found_by_its_slot(room: Backroom) -> None:
    wanted = pipeline(project=room.project)
    first, again = await room.jobs.start(wanted, ORDER), await room.jobs.start(wanted, ORDER)
    assert (first.job, first.version, again.version) == ("b-register", 1, 1)
    assert (await room.jobs.of(wanted)).keys() == {"register"}
    assert room.jobs.noted(wanted) == {"register": again}


async def test_what_is_not_over_is_ended(room: Backroom) -> None:
    wanted = pipeline(project=room.project)
    await room.jobs.start(wanted, ORDER)
    for _ in range(2):
        await room.jobs.end(await room.jobs.of(wanted))
    assert (await room.jobs.of(wanted))["register"].state is JobState.CANCELLED


async def test_somebody_elses_job_is_none_of_it(room: Backroom) -> None:
    desk = JobDesk(room.connection, room.store, room.records)
    order = JobOrder(
        service="play", project=room.project, job="b-register", kind="encoder.register", spec={}, request="r"
    )
    room.listings.jobs.note(await desk.submit(order))
    wanted = pipeline(project=room.project)
    assert await room.jobs.of(wanted) == {}
    assert room.jobs.noted(wanted) == {}


async def test_a_stage_that_no_service_has_is_refused(room: Backroom) -> None:
    desk = JobDesk(room.connection, room.store, room.records)
    nobody = PipelineJobs(desk=desk, records=room.records, kinds=Kinds({}), listing=room.listings.jobs)
    with pytest.raises(InvalidInputError, match="is no kind of job"):
        await nobody.start(pipeline(project=room.project), ORDER)
