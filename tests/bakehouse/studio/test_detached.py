"""A studio without a terminal. How it comes up and goes down is tested in tests/e2e/test_up.py."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse.errors import UnavailableError
from bakehouse.studio.detached import start_detached, stop_studio
from bakehouse.studio.home import Home
from bakehouse.studio.state import ProcessState, StudioState, start_of, write_state


def test_where_nothing_runs_nothing_is_stopped(tmp_path: Path) -> None:
    assert not stop_studio(tmp_path)


def test_what_a_killed_studio_left_is_ended(tmp_path: Path) -> None:
    home = Home(tmp_path)
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(sleep, process_group=0) as left:
        processes = (ProcessState(name="p", pid=left.pid, started_ms=start_of(left.pid)),)
        write_state(home.state_file, StudioState(version="1", pid=1, started_ms=1, processes=processes))
        assert stop_studio(tmp_path)
        assert left.wait(10) == -9


def test_why_a_studio_did_not_start_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("BAKEHOUSE_LISTEN", address)
        with pytest.raises(UnavailableError, match=f"^can't listen on {address}"):
            start_detached(tmp_path / "home")
