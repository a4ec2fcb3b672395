from hypothesis import given
from hypothesis import strategies as st

from bakehouse.jobs.units import UnitStates


def test_new_units_are_open() -> None:
    units = UnitStates(3)
    assert (len(units), list(units.open_units()), units.all_accepted) == (3, [0, 1, 2], False)


def test_a_unit_is_accepted_once() -> None:
    units = UnitStates(2)
    assert units.accept(1, has_failures=False)
    assert not units.accept(1, has_failures=True)
    assert (units.num_accepted, list(units.open_units())) == (1, [0])


def test_failures_are_counted_and_forgotten_on_acceptance() -> None:
    units = UnitStates(1)
    assert [units.note_failure(0), units.note_failure(0)] == [1, 2]
    units.accept(0, has_failures=True)
    assert units.all_accepted


def test_an_empty_plan_is_done() -> None:
    assert UnitStates(0).all_accepted


@given(st.lists(st.tuples(st.integers(0, 19), st.booleans())))
def test_the_bytes_hold_everything(steps: list[tuple[int, bool]]) -> None:
    units = UnitStates(20)
    for unit, accept in steps:
        if accept:
            units.accept(unit, has_failures=unit % 2 == 0)
        elif not units.is_accepted(unit):
            units.note_failure(unit)
    read = UnitStates(bytes(units))
    assert bytes(read) == bytes(units)
    assert read.num_accepted == units.num_accepted == len({unit for unit, accept in steps if accept})
