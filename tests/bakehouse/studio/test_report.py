"""What `status` has to say, also of a studio whose gateway is away."""

import os
from pathlib import Path

import pytest

from bakehouse.studio.home import Home
from bakehouse.studio.report import report_on
from bakehouse.studio.state import ProcessState, StudioState, start_of, write_state
from tests.ports import free_port


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The home of a studio that is this process; its gateway fails."""
    home = Home(tmp_path / "home")
    home.make()
    home.token_file.write_text("bh_x")
    home.log_file("gateway").write_text("1\n2\n3\n4\n")
    gateway = ProcessState(name="gateway", num_restarts=5, is_failing=True, trouble="ended with exit code 1")
    state = StudioState(
        version="1",
        pid=os.getpid(),
        started_ms=start_of(os.getpid()),
        phase="ready",
        address=f"127.0.0.1:{free_port()}",
        processes=(gateway,),
    )
    write_state(home.state_file, state)
    return home


def test_a_home_where_nobody_runs_is_stopped(home: Home) -> None:
    assert report_on(home.path).phase == "stopped"


def test_a_failing_process_is_shown_with_the_end_of_its_log(home: Home) -> None:
    with home.claimed():
        report = report_on(home.path)
    itself, gateway = report.processes
    assert (itself.name, itself.pid, itself.rss_mib > 0) == ("studio", os.getpid(), True)
    assert (gateway.pid, gateway.num_restarts, gateway.last_lines) == (0, 5, ("2", "3", "4"))
    assert "no studio answers" in report.gateway_trouble
