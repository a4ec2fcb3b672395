from fractions import Fraction
from typing import Any

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.schedule.terms import EntryTerms, Sampling, SchedulePlan, Terms, Window, lanes_of


def test_a_window_has_both_its_ends() -> None:
    window = Window(start_epoch=2, start_step=5, end_epoch=3, end_step=9)
    assert [window.is_active(epoch=epoch, num_before=6) for epoch in (1, 2, 3, 4)] == [
        False,
        True,
        True,
        False,
    ]
    assert [window.is_active(epoch=2, num_before=n) for n in (3, 4, 8, 9)] == [False, True, True, False]


def test_an_end_below_1_is_none() -> None:
    assert Window(end_epoch=0, end_step=-1).is_active(epoch=1000, num_before=10**6)


def test_a_window_is_settled_when_nothing_changes_any_more() -> None:
    assert Window().is_settled(epoch=1, num_before=0)
    assert not Window(start_step=5).is_settled(epoch=1, num_before=3)
    assert Window(start_step=5).is_settled(epoch=1, num_before=4)
    assert not Window(end_epoch=2).is_settled(epoch=2, num_before=100)
    assert Window(end_epoch=2).is_settled(epoch=3, num_before=100)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Window(start_step=9, end_step=8), "end_step 8 is before start_step 9"),
        (lambda: EntryTerms(name="cats", passes=Fraction(1, 2)), "cats: repeats -0.5; give 0 or more"),
        (lambda: EntryTerms(name="cats", passes=Fraction(4, 3)), "at most 3 decimals"),
        (lambda: EntryTerms(name="cats", batch_size=0), "cats: batches of 0"),
        (lambda: EntryTerms(name="cats", probability=Fraction(-1)), "cats: probability -1"),
        (lambda: Terms(num_ranks=0), "0 ranks"),
    ],
)
def test_what_cannot_be_is_refused(build: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        build()


def entries(**second: Any) -> list[EntryTerms]:
    return [EntryTerms(name="a"), EntryTerms(name="b", **second), EntryTerms(name="c")]


@pytest.mark.parametrize(
    ("second", "lane_of"),
    [
        ({}, [0, 0, 0]),
        ({"passes": Fraction(3), "oversubscribe": True}, [0, 0, 0]),
        ({"batch_size": 2}, [0, 1, 0]),
        ({"probability": Fraction(2)}, [0, 1, 0]),
        ({"window": Window(start_epoch=2)}, [0, 1, 0]),
        ({"slider": 1}, [0, 1, 0]),
        ({"fade_steps": 5}, [0, 1, 0]),
    ],
)
def test_entries_share_a_lane_where_the_same_is_asked_of_them(
    second: dict[str, Any], lane_of: list[int]
) -> None:
    assert lanes_of(Terms(entries=entries(**second)))[1] == lane_of


def test_each_entry_has_its_own_lane_where_weights_ignore_sizes() -> None:
    assert lanes_of(Terms(entries=entries(), sampling=Sampling.UNIFORM))[1] == [0, 1, 2]


def test_a_step_is_batch_times_ranks_times_accumulation() -> None:
    (lane,), _ = lanes_of(Terms(entries=[EntryTerms(name="a", batch_size=3)], num_ranks=2, accumulation=5))
    assert (lane.batch_size, lane.step_size) == (3, 30)


def test_samples_are_counted_by_entry_and_bucket() -> None:
    plan = SchedulePlan(terms=Terms(entries=entries()), buckets=[[0, 0, 1], [2, 2, 2]], entries=[0, 0, 1])
    assert plan.counts() == [{(0, 0): 2, (1, 1): 1}, {(0, 2): 2, (1, 2): 1}]


def test_a_bucket_without_a_name_has_its_number() -> None:
    assert [Terms(bucket_names=["64x64"]).bucket_name(number) for number in (0, 1)] == ["64x64", "number 1"]
