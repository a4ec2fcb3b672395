"""What an earlier studio left: ended, and nobody else."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bakehouse.studio.leftovers import end_leftovers
from bakehouse.studio.state import ProcessState, StudioState, start_of

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def left() -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own."""
    with subprocess.Popen(SLEEP, process_group=0) as process:
        yield process
        process.kill()


def state_of(pid: int, *, started_ms: int, group: int = 0) -> StudioState:
    processes = (ProcessState(name="p", pid=pid, started_ms=started_ms), ProcessState(name="down"))
    return StudioState(version="1", pid=1, started_ms=1, group=group, processes=processes)


def test_a_recorded_process_is_ended(left: subprocess.Popen[bytes]) -> None:
    assert end_leftovers(state_of(left.pid, started_ms=start_of(left.pid))) == 1
    assert left.wait(10) == -9


def test_all_of_its_group_are_ended(left: subprocess.Popen[bytes]) -> None:
    with subprocess.Popen(SLEEP, process_group=left.pid) as unrecorded:
        end_leftovers(state_of(left.pid, started_ms=start_of(left.pid), group=left.pid))
        assert unrecorded.wait(10) == -9


def test_another_process_of_the_same_id_is_left_alone(left: subprocess.Popen[bytes]) -> None:
    assert end_leftovers(state_of(left.pid, started_ms=start_of(left.pid) - 60_000, group=left.pid)) == 0
    assert left.poll() is None


def test_a_group_that_a_living_one_is_not_in_is_left_alone(left: subprocess.Popen[bytes]) -> None:
    with subprocess.Popen(SLEEP, process_group=0) as other:
        end_leftovers(state_of(other.pid, started_ms=start_of(other.pid), group=left.pid))
        assert other.wait(10) == -9
    assert left.poll() is None
    assert os.getpgid(left.pid) == left.pid
