from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from bakehouse.schedule.places import Calendar
from bakehouse.schedule.terms import EntryTerms, SchedulePlan, Terms, Window
from tests.bakehouse.schedule.plans import calendar_of, plain, plans


@settings(max_examples=60)
@given(plans())
def test_steps_go_through_all_epochs_in_order(plan: SchedulePlan) -> None:
    calendar = calendar_of(plan)
    places = [calendar.place(step) for step in range(calendar.steps_of_epochs(4))]
    found = [(place.epoch, place.number) for place in places]
    assert found == [(epoch, step) for epoch in range(4) for step in range(calendar.num_steps(epoch))]
    assert [place.epoch for place in places if place.is_last_of_epoch] == [0, 1, 2, 3]


@settings(max_examples=60)
@given(plans(), st.integers(0, 3000))
def test_a_far_step_is_where_counting_would_come_to(plan: SchedulePlan, step: int) -> None:
    plan = replace(plan, terms=replace(plan.terms, num_ranks=1, accumulation=1))
    place = calendar_of(plan).place(step)
    calendar, done = calendar_of(plan), 0
    for epoch in range(place.epoch):
        done += calendar.num_steps(epoch)
    assert done + place.number == step
    assert place.number < calendar.num_steps(place.epoch)
    assert calendar_of(plan).steps_of_epochs(place.epoch) == done


def test_far_epochs_cost_no_counting() -> None:
    calendar = calendar_of(plain([[0] * 10], 3, passes=Fraction(1001, 1000)))
    far = 10**9
    assert calendar.steps_of_epochs(far) == far // 1000 * calendar.steps_of_epochs(1000)
    assert calendar.place(calendar.steps_of_epochs(far)).epoch == far


def test_accumulated_batches_are_one_step() -> None:
    calendars = [calendar_of(plain([[0] * 10], 2, accumulation)) for accumulation in (1, 3)]
    assert [calendar.num_steps(0) for calendar in calendars] == [5, 2]


def entry(name: str, **window: int) -> EntryTerms:
    return EntryTerms(name=name, window=Window(**window))


def calendar(*entries: EntryTerms) -> Calendar:
    return Calendar(Terms(entries=entries), [{(number, 0): 10 for number in range(len(entries))}])


def test_an_entry_that_begins_within_an_epoch_joins_it() -> None:
    found = calendar(entry("a"), entry("b", start_step=15))
    assert [found.num_steps(epoch) for epoch in range(3)] == [10, 20, 20]
    assert [segment.counts for segment in found.outline(1).segments] == [(4, 0), (6, 6), (0, 4)]


def test_an_entry_that_would_begin_behind_its_end_waits_for_the_next() -> None:
    found = calendar(entry("a"), entry("b", start_step=12))
    assert [found.num_steps(epoch) for epoch in range(2)] == [10, 20]


def test_an_epochs_window_counts_epochs() -> None:
    found = calendar(entry("a"), entry("b", start_epoch=2, end_epoch=3))
    assert [found.num_steps(epoch) for epoch in range(5)] == [10, 20, 20, 10, 10]


@pytest.mark.parametrize(
    ("entries", "step", "message"),
    [
        ([entry("a", start_step=2)], 0, r"at step 1 \(epoch 1\): a: .* steps 2 to the end; let one begin at"),
        ([entry("a", start_epoch=2), entry("b", start_step=5)], 0, r"a: epochs 2 to the end.* b: epochs 1"),
        (
            [entry("a", end_step=12)],
            12,
            r"at step 13 \(epoch 3\).*steps 1 to 12; let one go on, or train for",
        ),
        ([entry("a", end_epoch=1), entry("b", start_epoch=3)], 10, r"at step 11 \(epoch 2\)"),
    ],
)
def test_a_gap_is_told(entries: list[EntryTerms], step: int, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        calendar(*entries).place(step)


@pytest.mark.parametrize("draws", [[], [{}], [{(0, 0): 3}, {}]])
def test_nothing_to_train_on_is_refused(draws: Any) -> None:
    with pytest.raises(InvalidInputError, match="nothing to train on"):
        Calendar(Terms(), draws)
