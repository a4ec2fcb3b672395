from dataclasses import replace

import pytest

from bakehouse.errors import NotFoundError, StaleError
from bakehouse.jobs.record import JobState
from bakehouse.jobs.records import JobSignal, read_signal
from bakehouse.jobs.subjects import JOBS_BUCKET
from bakehouse.jobs.units import UnitStates
from bakehouse.registry.revisions import ResourceRef
from tests.toy.kitchen import Kitchen


async def test_progress_is_swapped_and_not_stored(toy: Kitchen) -> None:
    record = await toy.submit(num_items=1)
    held = await toy.records.read(record.ref.resource)
    units = UnitStates(3)
    units.accept(1, has_failures=False)
    await toy.records.swap(held, replace(record, done_units=1), units, durable=False)
    again = await toy.records.read(record.ref.resource)
    assert again.units is not None
    assert (bytes(again.units), again.record.version) == (bytes(units), 1)


async def test_a_stale_swap_leaves_no_revision_behind(toy: Kitchen) -> None:
    record = await toy.submit(num_items=1)
    held = await toy.records.read(record.ref.resource)
    await toy.records.swap(held, record, durable=True)
    with pytest.raises(StaleError):
        await toy.records.swap(held, replace(record, num_faults=1), durable=True)
    assert len(list(toy.store.list(f"p/registry/job/{record.job}/"))) == 2


async def test_a_lost_record_is_healed_from_the_store(toy: Kitchen) -> None:
    record = await toy.submit(num_items=1)
    key = f"$KV.{JOBS_BUCKET}.{record.ref.resource.key}"
    await toy.connection.purge(f"KV_{JOBS_BUCKET}", key)
    healed = await toy.records.read(record.ref.resource)
    assert (healed.record, healed.units) == (record, None)


async def test_a_job_that_never_was(toy: Kitchen) -> None:
    with pytest.raises(NotFoundError, match="job nothing is not there"):
        await toy.records.read(ResourceRef(project="p", kind="job", id="nothing"))


def test_a_change_is_told_by_its_headers() -> None:
    headers = {"Bakehouse-State": "RUNNING", "Bakehouse-Epoch": "2", "Bakehouse-Service": "toy"}
    ref = ResourceRef(project="p", kind="job", id="j")
    assert read_signal("p.job.j", headers) == JobSignal(
        ref=ref, service="toy", state=JobState.RUNNING, epoch=2
    )
    assert read_signal("p.job.j", {}) == JobSignal(ref=ref, service="", state=None, epoch=0)
    assert read_signal("rebuilt", {}) is None
