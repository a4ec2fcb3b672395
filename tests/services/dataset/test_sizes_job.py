"""Sizes planned as a job."""

from typing import Any

from services.dataset.plan_sizes import planner_of
from tests.service_kitchen import ServiceKitchen

SPEC: dict[str, Any] = {"entry": {"resolution": 512}, "alignment": 64}


async def test_a_job_gives_what_the_program_gives(dataset: ServiceKitchen) -> None:
    lines = b"".join(b'{"width": %d, "height": 512}\n' % width for width in range(300, 900))
    async with dataset.open_for_business():
        job = await dataset.bake("sizes", {**SPEC, "sizes": dataset.blobs.put(lines[:-1])})
    result: Any = job.result
    plans = dataset.blobs.get(result["plans"])
    assert plans == b"".join(planner_of(SPEC).plan(lines.splitlines()))
    assert result["counts"] == {"planned": 600}


async def test_what_can_not_be_planned_fails_at_once(dataset: ServiceKitchen) -> None:
    async with dataset.open_for_business():
        job = await dataset.bake("sizes", {"entry": {"resolution": -1}, "sizes": "0" * 64})
    assert job.error is not None
    assert "resolution" in job.error.message
