"""What a studio says of itself, and who a process is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse.studio.state import ProcessState, StudioState, find_process, read_state, start_of, write_state


def test_a_state_comes_back_as_it_was(tmp_path: Path) -> None:
    processes = (ProcessState(name="gateway", pid=7, started_ms=8, is_failing=True, trouble="ended"),)
    state = StudioState(version="1", pid=1, started_ms=2, phase="ready", group=7, processes=processes)
    write_state(tmp_path / "studio.json", state)
    assert read_state(tmp_path / "studio.json") == state


@pytest.mark.parametrize("text", [None, "", "no JSON", '{"schema": 99}'])
def test_what_is_no_state_is_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "studio.json").write_text(text)
    assert read_state(tmp_path / "studio.json") is None


def test_a_process_is_found_by_id_and_start() -> None:
    found = find_process(os.getpid(), start_of(os.getpid()))
    assert found is not None
    assert found.pid == os.getpid()


def test_another_process_of_the_same_id_is_not_it() -> None:
    assert find_process(os.getpid(), start_of(os.getpid()) - 60_000) is None


def test_a_process_that_ended_is_not_found() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started_ms = start_of(process.pid)
    assert (find_process(process.pid, started_ms), start_of(process.pid)) == (None, 0)
