from datetime import UTC, datetime

import pytest

from services.dataset.domain.retrying import retry_after_s, wait_s

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sat, 21 Nov 2026 12:01:30 GMT", 90.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("9" * 400, 999999999.0),
    ],
)
def test_how_long_a_server_asks_to_wait(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


def test_waits_double_and_are_spread() -> None:
    assert [wait_s(attempt, None, 0.5, 100) for attempt in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert wait_s(1, None, 0.0, 100) < wait_s(1, None, 0.9, 100)


def test_no_wait_is_longer_than_the_longest() -> None:
    assert wait_s(20, None, 0.5, 7) == 7
    assert wait_s(1, 3600, 0.5, 7) == 7
    assert wait_s(1, 2, 0.5, 7) == pytest.approx(2.05)
