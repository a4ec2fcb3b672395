from threading import Event, Thread
from time import monotonic

import pytest

from services.dataset.adapters.web.pacing import Pace


def test_requests_to_a_host_keep_their_distance() -> None:
    pace = Pace(connections=4, per_second=50)
    begun = monotonic()
    for _ in range(4):
        with pace.turn("a", deadline=begun + 10):
            pass
    assert monotonic() - begun >= 3 / 50


def test_hosts_do_not_wait_for_each_other() -> None:
    pace = Pace(connections=1, per_second=0.01)
    with pace.turn("a", deadline=monotonic() + 1), pace.turn("b", deadline=monotonic() + 1):
        pass


def test_a_host_that_is_busy_is_not_waited_for_beyond_the_deadline() -> None:
    pace = Pace(connections=1, per_second=1e6)
    busy = pace.turn("a", deadline=monotonic() + 1)
    with busy, pytest.raises(TimeoutError, match="no conn"), pace.turn("a", deadline=monotonic()):
        pass
    with pace.turn("a", deadline=monotonic() + 1):
        pass


def test_a_pause_holds_everybody_back() -> None:
    pace = Pace(connections=4, per_second=1e6)
    pace.pause("a", 3600)
    with pytest.raises(TimeoutError, match="pause"), pace.turn("a", deadline=monotonic() + 1):
        pass


def test_turns_are_given_on() -> None:
    pace = Pace(connections=1, per_second=1e6)
    held, go_on, done = Event(), Event(), []

    def hold() -> None:
        with pace.turn("a", deadline=monotonic() + 10):
            held.set()
            go_on.wait(10)
            done.append("first")

    thread = Thread(target=hold)
    thread.start()
    held.wait(10)
    go_on.set()
    with pace.turn("a", deadline=monotonic() + 10):
        done.append("second")
    thread.join()
    assert done == ["first", "second"]


def test_hosts_that_nobody_waits_for_are_forgotten() -> None:
    pace = Pace(connections=1, per_second=1e9)
    for number in range(5000):
        with pace.turn(f"h{number}", deadline=monotonic() + 10):
            pass
    assert len(pace._hosts) <= 4097
