from hypothesis import given
from hypothesis import strategies as st

from bakehouse.jobs.sizing import MAX_WINDOW, MIN_WINDOW, Sizing, window_units
from bakehouse.jobs.units import MAX_UNITS


def test_a_unit_is_about_twenty_seconds_of_work() -> None:
    assert Sizing(item_s=0.1).unit_items(100_000) == 200


def test_a_short_job_may_be_shared() -> None:
    quick = Sizing(item_s=0.001)
    assert quick.unit_items(2000) == 2000
    assert quick.unit_items(3200, is_shared=True) == 100
    assert quick.unit_items(40, is_shared=True) == 16
    assert quick.unit_items(10_000_000, is_shared=True) == 20_000
    assert Sizing(item_s=10).unit_items(3200, is_shared=True) == 2


def test_batches_are_whole() -> None:
    assert Sizing(item_s=0.1).unit_items(100_000, multiple_of=16) == 208


@given(st.integers(1, 20_000_000), st.none() | st.floats(1e-6, 100), st.integers(1, 64))
def test_never_more_units_than_a_record_holds(num_items: int, item_s: float | None, batch: int) -> None:
    size = Sizing(item_s=item_s).unit_items(num_items, multiple_of=batch)
    assert size % batch == 0
    assert -(-num_items // size) <= MAX_UNITS


def test_small_jobs_are_interactive() -> None:
    assert Sizing(item_s=1).is_interactive(num_units=10, num_items=29)
    assert not Sizing(item_s=1).is_interactive(num_units=1, num_items=31)
    assert not Sizing(item_s=1e-6).is_interactive(num_units=20_000, num_items=20_000)
    assert Sizing(item_s=None).is_interactive(num_units=16, num_items=10**6)
    assert not Sizing(item_s=None).is_interactive(num_units=17, num_items=17)


@given(st.none() | st.floats(0, 1e6))
def test_a_window_has_its_limits(units_per_s: float | None) -> None:
    assert MIN_WINDOW <= window_units(units_per_s) <= MAX_WINDOW


def test_a_window_is_ten_seconds_of_work() -> None:
    assert window_units(20) == 200
