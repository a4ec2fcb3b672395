import pytest

from bakehouse.errors import InvalidInputError
from services.trainer.domain.learning_rates import RATE_SCHEDULES, RateSchedule, warmup_steps_of


@pytest.mark.parametrize("name", sorted(set(RATE_SCHEDULES) - {"constant"}))
def test_all_warm_up_from_nothing_and_stay_within_the_highest(name: str) -> None:
    schedule = RateSchedule(name=name, num_steps=20, warmup_steps=5)
    factors = [schedule.factor(step) for step in range(20)]
    assert factors[:6] == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert all(0 <= factor <= 1 for factor in factors)


def test_cosine_ends_at_nothing() -> None:
    schedule = RateSchedule(name="cosine", num_steps=10)
    assert schedule.factor(5) == pytest.approx(0.5)
    assert schedule.factor(10) == pytest.approx(0)


def test_restarts_go_back_to_the_highest() -> None:
    schedule = RateSchedule(name="cosine_with_restarts", num_steps=10, num_cycles=2)
    assert schedule.factor(5) == 1


def test_a_constant_rate_has_no_warm_up() -> None:
    with pytest.raises(InvalidInputError, match="use constant_with_warmup"):
        RateSchedule(name="constant", num_steps=10, warmup_steps=1)


def test_an_unknown_schedule_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="use one of constant"):
        RateSchedule(name="sine", num_steps=10)


def test_a_warm_up_longer_than_the_run_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="warm up for fewer"):
        RateSchedule(name="cosine", num_steps=10, warmup_steps=11)


@pytest.mark.parametrize(("value", "steps"), [(0, 0), (0.25, 10), (3, 3)])
def test_a_warm_up_may_be_a_share(value: float, steps: int) -> None:
    assert warmup_steps_of(value, 40) == steps
