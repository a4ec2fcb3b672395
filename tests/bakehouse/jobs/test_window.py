from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bakehouse.jobs.units import UnitStates
from bakehouse.jobs.window import MAX_FAILURES, Window


def test_it_fills_up_then_by_halves() -> None:
    window = Window(UnitStates(20))
    assert window.due(size=8, now=0) == list(range(8))
    for unit in range(3):
        window.accept(unit, has_failures=False)
    assert window.due(size=8, now=0) == []
    window.accept(3, has_failures=False)
    assert window.due(size=8, now=0) == [8, 9, 10, 11]


def test_a_new_holder_leaves_alone_what_is_on_the_queue() -> None:
    units = UnitStates(5)
    units.accept(0, has_failures=False)
    assert Window(units, outstanding=[0, 2]).due(size=10, now=0) == [1, 3, 4]


def test_a_failed_unit_comes_back_after_a_while() -> None:
    window = Window(UnitStates(1))
    window.due(size=8, now=0)
    assert window.retry(0, now=100)
    assert window.due(size=8, now=100.5) == []
    assert window.due(size=8, now=101) == [0]


def test_a_unit_fails_for_good_at_last() -> None:
    window = Window(UnitStates(1))
    assert [window.retry(0, now=0) for _ in range(MAX_FAILURES)] == [True] * (MAX_FAILURES - 1) + [False]


def test_a_late_failure_of_an_accepted_unit_is_nothing() -> None:
    window = Window(UnitStates(1))
    window.accept(0, has_failures=False)
    assert window.retry(0, now=0)
    assert window.due(size=8, now=1000) == []


def test_a_lost_unit_is_published_again_at_once() -> None:
    window = Window(UnitStates(2))
    window.due(size=8, now=5)
    window.lost(1)
    assert window.due(size=8, now=5) == [1]


@given(st.integers(1, 40), st.integers(2, 12), st.integers(0, 2**32))
def test_whatever_happens_each_unit_is_accepted_once(num_units: int, size: int, seed: int) -> None:
    random, window = Random(seed), Window(UnitStates(num_units))
    accepted, now, failures = [], 0.0, [0] * num_units
    while not window.units.all_accepted:
        now += 30
        window.due(size=size, now=now)
        assert len(window.outstanding) <= size
        unit = random.choice(sorted(window.outstanding))
        action = random.random()
        if action < 0.2:
            window.lost(unit)
        elif action < 0.3 and failures[unit] < MAX_FAILURES - 1:
            failures[unit] += 1
            assert window.retry(unit, now=now)
        elif window.accept(unit, has_failures=False):
            accepted.append(unit)
    assert sorted(accepted) == list(range(num_units))
