import json
from typing import Any

import pytest

from bakehouse.jobs.record import JobState
from tests.toy.kitchen import Kitchen


def failed_rows(rows: list[bytes]) -> dict[str, str]:
    decoded = [json.loads(row) for row in rows]
    return {row["item"]: row["failed"] for row in decoded if "failed" in row}


async def test_a_job_goes_all_the_way(open_toy: Kitchen) -> None:
    record = await open_toy.over(await open_toy.submit(num_items=50, unit_items=7))
    states = [transition.state for transition in record.transitions]
    assert states == ["QUEUED", "PLANNING", "RUNNING", "FINALISING", "SUCCEEDED"]
    assert (record.num_units, record.done_units, record.done_items, record.failed_items) == (8, 8, 50, 0)
    assert len(open_toy.rows(record)) == 50


async def test_a_job_of_nothing_succeeds(open_toy: Kitchen) -> None:
    record = await open_toy.over(await open_toy.submit(num_items=0))
    assert (record.state, record.result) == (JobState.SUCCEEDED, record.result)
    assert open_toy.rows(record) == []


async def test_a_wrong_spec_fails_with_the_planners_words(open_toy: Kitchen) -> None:
    record = await open_toy.over(await open_toy.submit(num_items=-1))
    assert record.error is not None
    assert (record.state, record.error.reason) == (JobState.FAILED, "INVALID_INPUT")
    assert record.error.message == "num_items: -1 is negative; give 0 or more"


async def test_an_error_of_ours_ends_the_job_at_the_third_time(open_toy: Kitchen) -> None:
    record = await open_toy.over(await open_toy.submit(num_items=1, planner_bug=True))
    assert record.error is not None
    assert (record.state, record.error.reason, record.num_faults) == (JobState.FAILED, "INTERNAL", 2)
    assert "planner_bug" not in record.error.message


async def test_a_job_that_can_not_work_fails_at_once(open_toy: Kitchen) -> None:
    record = await open_toy.over(await open_toy.submit(num_items=9, unit_items=3, config=True))
    assert record.error is not None
    assert (record.error.reason, record.error.message) == (
        "CONFIG",
        "the toy has no such model; name another",
    )


@pytest.mark.parametrize(
    ("fault", "failure_class"),
    [("fail", "input"), ("bug", "bug"), ("crash", "crash"), ("eat", "memory"), ("hang", "stall")],
)
async def test_an_item_fails_alone(fault: str, failure_class: str, open_toy: Kitchen) -> None:
    spec: dict[str, Any] = {"num_items": 12, "unit_items": 6, "batch_items": 3, fault: ["i00000004"]}
    record = await open_toy.submit(**spec)
    record = await open_toy.over(record, within_s=60)
    assert (record.state, record.done_items, record.failed_items) == (JobState.SUCCEEDED, 11, 1)
    assert failed_rows(open_toy.rows(record)) == {"i00000004": failure_class}


async def test_items_that_kill_together_are_computed_apart(open_toy: Kitchen) -> None:
    record = await open_toy.submit(num_items=4, unit_items=4, crash_together=["i00000001", "i00000002"])
    record = await open_toy.over(record)
    assert (record.state, record.done_items) == (JobState.SUCCEEDED, 4)


async def test_when_nothing_could_be_computed_the_job_fails(open_toy: Kitchen) -> None:
    record = await open_toy.over(await open_toy.submit(num_items=2, fail=["i00000000", "i00000001"]))
    assert record.error is not None
    assert record.error.reason == "ALL_ITEMS_FAILED"


async def test_an_error_of_ours_in_a_whole_unit_fails_the_job(open_toy: Kitchen) -> None:
    record = await open_toy.submit(num_items=3, unit_items=1, bug=["i00000001"])
    record = await open_toy.over(record, within_s=60)
    assert record.error is not None
    assert record.error.reason == "UNIT_BUG"
    assert "canary" not in record.error.message


async def test_the_same_plan_is_not_computed_twice(open_toy: Kitchen) -> None:
    first = await open_toy.over(await open_toy.submit(num_items=20, unit_items=5))
    again = await open_toy.over(await open_toy.submit(num_items=20, unit_items=5))
    assert again.plan == first.plan
    assert again.result == first.result


async def test_a_job_that_is_only_planned_says_what_there_would_be(open_toy: Kitchen) -> None:
    asked: dict[str, Any] = {"num_items": 12, "unit_items": 5, "seed": 77}
    forecast = await open_toy.over(await open_toy.submit(plan_only=True, **asked))
    assert (forecast.state, forecast.done_items) == (JobState.SUCCEEDED, 0)
    assert forecast.result == {"planned_units": 3, "planned_items": 12, "hit_items": 0}
    done = await open_toy.over(await open_toy.submit(**asked))
    assert (done.planned_items, done.hit_items, done.computed_items) == (12, 0, 12)
    forecast = await open_toy.over(await open_toy.submit(plan_only=True, **asked))
    assert forecast.result == {"planned_units": 0, "planned_items": 0, "hit_items": 12}


async def test_what_an_earlier_job_of_the_same_plan_computed_is_no_work(open_toy: Kitchen) -> None:
    first = await open_toy.over(await open_toy.submit(num_items=9, unit_items=3, seed=78))
    again = await open_toy.over(await open_toy.submit(num_items=9, unit_items=3, seed=78))
    assert (again.planned_items, again.hit_items, again.computed_items) == (0, 9, 0)
    assert again.result == first.result
