"""How long a job will take yet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.pace import remaining_s
from tests.gateway.records import RUNNING

BEGUN = datetime.fromisoformat(RUNNING.transitions[-1].time)


def test_it_is_what_it_took_so_far_for_what_is_left() -> None:
    record = replace(RUNNING, num_items=100, done_items=15, failed_items=5)
    assert remaining_s(record, now=BEGUN + timedelta(seconds=10)) == pytest.approx(40)


def test_nothing_is_left_when_all_is_done() -> None:
    record = replace(RUNNING, num_items=10, done_items=10)
    assert remaining_s(record, now=BEGUN + timedelta(seconds=10)) == 0


def test_it_is_not_known_before_anything_is_done() -> None:
    assert remaining_s(replace(RUNNING, num_items=10), now=BEGUN + timedelta(seconds=10)) is None


def test_it_is_not_known_of_a_job_that_does_not_run() -> None:
    record = replace(RUNNING, transitions=RUNNING.transitions[:2], state=RUNNING.transitions[1].state)
    assert remaining_s(replace(record, num_items=10, done_items=5), now=BEGUN) is None


def test_a_clock_that_is_behind_gives_no_negative_time() -> None:
    record = replace(RUNNING, num_items=10, done_items=5)
    assert remaining_s(record, now=datetime(2000, 1, 1, tzinfo=UTC)) == 0
