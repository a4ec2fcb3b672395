import random

from bakehouse.jobs.breaker import Breaker


def test_it_opens_on_failure_and_closes_on_success() -> None:
    breaker = Breaker(random.Random(0))
    seen = [breaker.is_closed]
    assert breaker.fail(now=0) > 0
    seen.append(breaker.is_closed)
    breaker.succeed()
    seen.append(breaker.is_closed)
    assert seen == [True, False, True]


def test_waits_grow() -> None:
    breaker, now, waits = Breaker(random.Random(0)), 0.0, []
    for _ in range(8):
        waits.append(breaker.fail(now=now))
        now += waits[-1]
    assert waits[-1] > 4 * waits[0]


def test_failures_at_once_are_one() -> None:
    breaker = Breaker(random.Random(0))
    first = breaker.fail(now=0)
    assert breaker.fail(now=first / 2) == first / 2
