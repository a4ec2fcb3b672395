import json
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.cache.revisions import golden_problem
from bakehouse.errors import InvalidInputError
from bakehouse.schedule.epochs import Epoch, Schedule
from bakehouse.schedule.terms import (
    SCHEDULE_REVISION,
    EntryTerms,
    Sampling,
    SchedulePlan,
    Terms,
    Window,
)
from bakehouse.schedule.turns import Turn
from tests.bakehouse.schedule.plans import plain, plans

GOLDENS = {
    1: "1a18878d49f378b286878ff52eded9ca45ba2a4000e952c8471c81469bb126a4",
    2: "f77cc930df2161dc4c3d84114b79b8526f679cd50ffefed3809599b23ff4dacd",
}
SEEDS = st.integers(0, 2**53)
EPOCHS = st.integers(0, 6)


def seen(epoch: Epoch) -> Counter[int]:
    """How often each sample is there, pads not counted."""
    pads = set(epoch.pads.tolist())
    return Counter(sample for at, sample in enumerate(epoch.samples.tolist()) if at not in pads)


def lane_order(schedule: Schedule, epoch: int = 0) -> list[int]:
    return [int(lane) for lane in schedule.epoch(epoch).lanes]


@given(plans(free=False), SEEDS, EPOCHS)
def test_an_epoch_has_every_sample_as_often_as_it_is_passed(
    plan: SchedulePlan, seed: int, number: int
) -> None:
    found = seen(Schedule(plan, seed=seed).epoch(number))
    for sample, entry in enumerate(plan.entries):
        passes = plan.terms.entries[entry].passes
        assert found[sample] in {int(passes), -int(-passes // 1)}
        assert passes.denominator > 1 or found[sample] == passes


@given(plans(free=False), SEEDS, st.integers(1, 8))
def test_fractions_add_up_over_epochs(plan: SchedulePlan, seed: int, num_epochs: int) -> None:
    schedule = Schedule(replace(plan, buckets=plan.buckets[:1]), seed=seed)
    found = sum((seen(schedule.epoch(number)) for number in range(num_epochs)), Counter[int]())
    for sample, entry in enumerate(plan.entries):
        assert abs(found[sample] - num_epochs * plan.terms.entries[entry].passes) < 1


@given(plans(), SEEDS, EPOCHS)
def test_a_step_is_of_one_bucket_and_of_its_lanes_size(plan: SchedulePlan, seed: int, number: int) -> None:
    schedule = Schedule(plan, seed=seed)
    epoch = schedule.epoch(number)
    for step in range(epoch.num_steps):
        samples = epoch.step(step)
        lane = schedule.calendar.lanes[int(epoch.lanes[step])]
        assert len(samples) == lane.batch_size * plan.terms.num_ranks * plan.terms.accumulation
        assert len({plan.buckets[epoch.draw][sample] for sample in samples}) == 1
        assert {plan.terms.entries[plan.entries[sample]].window for sample in samples} == {lane.window}


@given(plans(), SEEDS, EPOCHS)
def test_pads_are_of_the_bucket_that_they_fill_and_fewer_than_a_step(
    plan: SchedulePlan, seed: int, number: int
) -> None:
    schedule = Schedule(plan, seed=seed)
    epoch = schedule.epoch(number)
    pads = set(epoch.pads.tolist())
    padded: Counter[tuple[int, int]] = Counter()
    for step in range(epoch.num_steps):
        places = range(int(epoch.starts[step]), int(epoch.starts[step + 1]))
        if not pads.isdisjoint(places):
            assert not pads.issuperset(places)
            padded[int(epoch.lanes[step]), plan.buckets[epoch.draw][epoch.step(step)[0]]] += 1
    assert set(padded.values()) <= {1}


@given(plans(), SEEDS, EPOCHS)
def test_steps_are_counted_without_making_them(plan: SchedulePlan, seed: int, number: int) -> None:
    schedule = Schedule(plan, seed=seed)
    assert schedule.calendar.num_steps(number) == schedule.epoch(number).num_steps


@given(plans(), SEEDS)
def test_windows_hold_to_the_step(plan: SchedulePlan, seed: int) -> None:
    schedule = Schedule(plan, seed=seed)
    for step in range(schedule.calendar.steps_of_epochs(4)):
        place = schedule.place(step)
        lane = schedule.calendar.lanes[int(schedule.epoch(place.epoch).lanes[place.number])]
        assert lane.window.is_active(epoch=place.epoch + 1, num_before=step)


@settings(max_examples=50)
@given(plans(), SEEDS, st.integers(0, 60))
def test_an_epoch_needs_no_other_and_a_step_is_entered_anywhere(
    plan: SchedulePlan, seed: int, step: int
) -> None:
    ahead, anew = Schedule(plan, seed=seed), Schedule(plan, seed=seed)
    for number in range(4):
        ahead.epoch(number)
    places = ahead.place(step), anew.place(step)
    assert places[0] == places[1]
    steps = [one.epoch(places[0].epoch).step(places[0].number) for one in (ahead, anew)]
    assert steps[0] == steps[1]


@given(plans(), SEEDS, st.integers(0, 40))
def test_ranks_share_a_step_and_leave_nothing(plan: SchedulePlan, seed: int, step: int) -> None:
    schedule = Schedule(plan, seed=seed)
    place = schedule.place(step)
    samples = schedule.epoch(place.epoch).step(place.number)
    shares = [schedule.slices(place, rank=rank) for rank in range(plan.terms.num_ranks)]
    assert {len(share) for share in shares} == {plan.terms.accumulation}
    taken = [at for share in shares for part in share for at in range(part.start, part.stop)]
    assert sorted(taken) == list(range(len(samples)))
    assert len({part.stop - part.start for share in shares for part in share}) == 1


@given(plans(), SEEDS, st.integers(0, 40), st.permutations([2, 3, 1]))
def test_a_step_is_the_same_on_other_ranks_where_it_is_as_large(
    plan: SchedulePlan, seed: int, step: int, factors: list[int]
) -> None:
    batch, ranks, accumulation = factors
    steps = []
    for scale, num_ranks, num_batches in ((6, 1, 1), (batch, ranks, accumulation)):
        entries = [replace(entry, batch_size=entry.batch_size * scale) for entry in plan.terms.entries]
        terms = replace(plan.terms, entries=entries, num_ranks=num_ranks, accumulation=num_batches)
        schedule = Schedule(replace(plan, terms=terms), seed=seed)
        place = schedule.place(step)
        steps.append((place, schedule.epoch(place.epoch).step(place.number)))
    assert steps[0] == steps[1]


def test_epochs_and_seeds_differ() -> None:
    large = plain([[0] * 50])
    orders = {bytes(Schedule(large, seed=seed).epoch(n).samples) for seed in (1, 2) for n in (0, 1)}
    assert len(orders) == 4


def test_pads_come_from_their_own_bucket_and_are_listed() -> None:
    epoch = Schedule(plain([[0, 1]], 3), seed=1).epoch(0)
    assert epoch.pads.tolist() == [1, 2, 4, 5]
    assert {tuple(epoch.step(number)) for number in range(2)} == {(0, 0, 0), (1, 1, 1)}


def test_draws_take_turns() -> None:
    schedule = Schedule(plain([[0] * 6, [0, 1, 2, 3, 4, 5]]), seed=1)
    assert [schedule.epoch(number).draw for number in range(4)] == [0, 1, 0, 1]
    assert [schedule.epoch(number).num_steps for number in range(2)] == [3, 6]


def of_two(sizes: tuple[int, int], sampling: Sampling = Sampling.AUTO, **second: object) -> Schedule:
    """An entry as usual and one that something is asked of."""
    terms = Terms(entries=[EntryTerms(name="a"), EntryTerms(name="b", **second)], sampling=sampling)  # type: ignore[arg-type]  # options of many types
    num_samples = sum(sizes)
    plan = SchedulePlan(terms=terms, buckets=[[0] * num_samples], entries=[0] * sizes[0] + [1] * sizes[1])
    return Schedule(plan, seed=4)


def test_a_weight_moves_an_entry_forward_and_changes_no_number() -> None:
    order = lane_order(of_two((100, 100), probability=Fraction(3)))
    assert sum(order) == 100
    assert (sum(order[:134]), sum(order[134:])) == (100, 0)
    assert abs(sum(order[:40]) - 30) < 12


def test_uniform_sampling_ignores_sizes() -> None:
    order = lane_order(of_two((20, 180), Sampling.UNIFORM))
    assert (sum(order[:40]), order[40:]) == (20, [1] * 160)


def test_an_entry_of_probability_0_is_not_drawn_from() -> None:
    assert len(lane_order(of_two((3, 5), probability=Fraction(0)))) == 3


def test_an_entry_that_fades_is_gone_when_it_has() -> None:
    order = lane_order(of_two((100, 100), fade_steps=40))
    assert not any(order[40:])
    assert len(order) == 100 + sum(order)
    assert sum(order[:10]) > sum(order[30:40]) > 0


def test_an_entry_begins_and_ends_at_its_step() -> None:
    order = lane_order(of_two((100, 100), window=Window(start_step=11, end_step=30)))
    assert not any(order[:10])
    assert sum(order[10:30]) == 10
    assert not any(order[30:])
    assert len(order) == 110


def test_signs_of_sliders_take_turns() -> None:
    order = lane_order(of_two((4, 6), slider=1))
    assert order == [1, 0] * 4 + [1, 1]


def test_half_a_pass_is_half_the_samples_and_then_the_others() -> None:
    schedule = Schedule(plain([[0] * 10], passes=Fraction(3, 2)), seed=1)
    first, second, third = (seen(schedule.epoch(number)) for number in range(3))
    assert sorted(first.values()) == [1] * 5 + [2] * 5
    assert {sample for sample, times in first.items() if times == 2} == {
        sample for sample, times in second.items() if times == 1
    }
    assert first == third


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"buckets": [[0]], "entries": [0, 0]}, "bucket of each sample"),
        ({"buckets": [], "entries": []}, "at least one draw"),
    ],
)
def test_a_plan_that_cannot_work_is_refused(plan: dict[str, list[list[int]]], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        SchedulePlan(terms=Terms(), **plan)  # type: ignore[arg-type]  # some of them are wrong


def test_the_revision_is_raised_when_the_order_changes() -> None:
    three = [EntryTerms(name=f"{times}", passes=Fraction(times), batch_size=2) for times in (1, 2, 3)]
    plan = SchedulePlan(terms=Terms(entries=three), buckets=[[0, 0, 0, 1, 1, 2]], entries=[0, 1, 0, 0, 0, 2])
    schedule = Schedule(plan, seed=5)
    output = [[number, schedule.epoch(number).samples.tolist()] for number in range(3)]
    draws = [Turn(seed=5, epoch=1, batch=0, sample=b"s").bits(purpose) for purpose in ("noise", "timestep")]
    asked = of_two((40, 40), window=Window(start_step=7), slider=-1, passes=Fraction(3, 2))
    mixed = [asked.epoch(number).samples.tolist() for number in range(2)]
    assert golden_problem(1, json.dumps([output, draws]).encode(), {1: GOLDENS[1]}) is None  # still the same
    assert golden_problem(SCHEDULE_REVISION, json.dumps([output, draws, mixed]).encode(), GOLDENS) is None
