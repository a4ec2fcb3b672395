from itertools import islice
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bakehouse.backoff import delays

_POSITIVE = st.floats(min_value=0.01, max_value=100)


@given(seed=st.integers(), first_s=_POSITIVE, factor=st.floats(min_value=1, max_value=10), most_s=_POSITIVE)
def test_each_wait_is_between_half_and_the_whole_of_its_ceiling(
    seed: int, first_s: float, factor: float, most_s: float
) -> None:
    waits = islice(delays(Random(seed), first_s=first_s, factor=factor, most_s=most_s), 20)
    for i, wait_s in enumerate(waits):
        ceiling_s = min(first_s * factor**i, most_s)
        assert 0.499 * ceiling_s <= wait_s <= 1.001 * ceiling_s


def test_the_randomness_is_the_callers() -> None:
    assert list(islice(delays(Random(7)), 5)) == list(islice(delays(Random(7)), 5))


def test_waits_do_not_end() -> None:
    assert len(list(islice(delays(Random(7)), 10_000))) == 10_000
