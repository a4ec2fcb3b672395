import json
from array import array
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.cache.revisions import golden_problem
from bakehouse.errors import InvalidInputError
from bakehouse.schedule import SCHEDULE_REVISION, Schedule, SchedulePlan, Turn, rank_slice, turns

GOLDENS = {1: "1a18878d49f378b286878ff52eded9ca45ba2a4000e952c8471c81469bb126a4"}


def plan(**changes: Any) -> SchedulePlan:
    values: dict[str, Any] = {
        "buckets": [[0, 0, 0, 1, 1, 2]],
        "passes": [1, 2, 1, 1, 1, 3],
        "batch_size": 2,
    }
    return SchedulePlan(**{**values, **changes})


plans = st.integers(1, 40).flatmap(
    lambda size: st.builds(
        SchedulePlan,
        buckets=st.lists(st.lists(st.integers(0, 4), min_size=size, max_size=size), min_size=1, max_size=3),
        passes=st.lists(st.integers(1, 3), min_size=size, max_size=size),
        batch_size=st.integers(1, 7),
        batches_per_step=st.integers(1, 3),
    )
)


@given(plans, st.integers(0, 2**53), st.integers(0, 20))
def test_an_epoch_has_every_sample_as_often_as_it_is_passed(
    made: SchedulePlan, seed: int, number: int
) -> None:
    epoch = Schedule(made, seed=seed).epoch(number)
    pads = set(epoch.pads)
    kept = Counter(sample for at, sample in enumerate(epoch.samples) if at not in pads)
    assert kept == {sample: times for sample, times in enumerate(made.passes) if times}


@given(plans, st.integers(0, 20))
def test_a_batch_is_of_one_bucket(made: SchedulePlan, number: int) -> None:
    epoch = Schedule(made, seed=1).epoch(number)
    buckets = made.buckets[epoch.draw]
    for batch in range(epoch.num_batches):
        assert len(epoch.batch(batch)) == made.batch_size
        assert len({buckets[sample] for sample in epoch.batch(batch)}) == 1


@given(plans, st.integers(0, 20))
def test_batches_are_counted_without_making_them(made: SchedulePlan, number: int) -> None:
    schedule = Schedule(made, seed=1)
    assert schedule.num_batches(number) == schedule.epoch(number).num_batches


@given(plans)
def test_steps_go_through_all_batches_of_all_epochs_in_order(made: SchedulePlan) -> None:
    schedule = Schedule(made, seed=1)
    places = [schedule.place(step) for step in range(schedule.steps_of_epochs(5))]
    found = [(place.epoch, batch) for place in places for batch in place.batches]
    assert found == [(epoch, batch) for epoch in range(5) for batch in range(schedule.num_batches(epoch))]
    assert sum(place.is_last_of_epoch for place in places) == 5


def test_an_epoch_needs_no_other() -> None:
    schedule = Schedule(plan(), seed=3)
    assert [schedule.epoch(number).samples for number in (2, 0, 1)] == [
        Schedule(plan(), seed=3).epoch(number).samples for number in (2, 0, 1)
    ]


def test_epochs_and_seeds_differ() -> None:
    large = plan(buckets=[[0] * 50], passes=[1] * 50)
    orders = {bytes(Schedule(large, seed=seed).epoch(n).samples) for seed in (1, 2) for n in (0, 1)}
    assert len(orders) == 4


def test_pads_come_from_their_own_bucket_and_are_listed() -> None:
    epoch = Schedule(plan(buckets=[[0, 1]], passes=[1, 1], batch_size=3), seed=1).epoch(0)
    assert sorted(epoch.pads) == [1, 2, 4, 5]
    assert {tuple(epoch.batch(number)) for number in range(2)} == {(0, 0, 0), (1, 1, 1)}


def test_draws_take_turns() -> None:
    schedule = Schedule(plan(buckets=[[0] * 6, [0, 1, 2, 3, 4, 5]]), seed=1)
    assert [schedule.epoch(number).draw for number in range(4)] == [0, 1, 0, 1]
    assert [schedule.num_batches(number) for number in range(2)] == [5, 7]


def test_the_last_step_of_an_epoch_may_be_short() -> None:
    schedule = Schedule(plan(batches_per_step=3), seed=1)
    assert [list(schedule.place(step).batches) for step in range(3)] == [[0, 1, 2], [3, 4], [0, 1, 2]]


def test_ranks_share_a_batch() -> None:
    batch = list(range(6))
    assert [batch[rank_slice(6, rank=rank, num_ranks=3)] for rank in range(3)] == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(InvalidInputError, match="4 ranks can't share a batch of 6"):
        rank_slice(6, rank=0, num_ranks=4)


def test_turns_tell_a_sample_from_itself() -> None:
    found = list(turns([1, 0, 1], [b"a", b"b"], seed=1, epoch=2, number=3))
    assert [(turn.sample, turn.occurrence) for turn in found] == [(b"b", 0), (b"a", 0), (b"b", 1)]
    assert len({turn.bits("noise") for turn in found}) == 3


def test_what_a_turn_draws_depends_on_all_of_it() -> None:
    first = Turn(seed=1, epoch=2, batch=3, sample=b"a")
    others = [
        Turn(seed=2, epoch=2, batch=3, sample=b"a"),
        Turn(seed=1, epoch=3, batch=3, sample=b"a"),
        Turn(seed=1, epoch=2, batch=4, sample=b"a"),
        Turn(seed=1, epoch=2, batch=3, sample=b"b"),
        Turn(seed=1, epoch=2, batch=3, sample=b"a", occurrence=1),
    ]
    assert first.bits("x") not in {first.bits("y"), *(other.bits("x") for other in others)}
    assert 0 <= first.uniform("x") < 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 0}, "at least 1"),
        ({"buckets": [[0]]}, "bucket of each sample"),
        ({"buckets": []}, "at least one draw"),
        ({"passes": [0] * 6}, "nothing to train on"),
    ],
)
def test_a_plan_that_cannot_work_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        plan(**changes)


def test_the_revision_is_raised_when_the_order_changes() -> None:
    schedule = Schedule(plan(passes=array("I", [1, 2, 1, 1, 1, 3]), batches_per_step=2), seed=5)
    output = [[number, list(schedule.epoch(number).samples)] for number in range(3)]
    draws = [Turn(seed=5, epoch=1, batch=0, sample=b"s").bits(purpose) for purpose in ("noise", "timestep")]
    text = json.dumps([output, draws]).encode()
    assert golden_problem(SCHEDULE_REVISION, text, GOLDENS) is None
