"""A studio without a terminal: started in a session of its own, found ready, told to stop."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from bakehouse.client.local import HOME_VARIABLE, is_running
from bakehouse.errors import UnavailableError
from bakehouse.studio.home import Home, welcome
from bakehouse.studio.leftovers import end_leftovers
from bakehouse.studio.log_files import last_lines
from bakehouse.studio.own_log import NAME
from bakehouse.studio.state import StudioState, read_state

_START_S = 150.0
_STOP_S = 90.0
_LOOK_S = 0.05


def start_detached(folder: Path) -> str:
    """Start a studio that outlives this process, and return when it is ready.

    It takes its settings from this process's environment, but its home is `folder`.

    Returns:
        What people should know.

    Raises:
        UnavailableError: it ended, or is not ready in time; the message says what it said last.
    """
    home = Home(folder.resolve())
    home.make()
    with home.log_file(NAME).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bakehouse.studio"],
            env={**os.environ, HOME_VARIABLE: str(home.path)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    give_up_at = time.monotonic() + _START_S
    while time.monotonic() < give_up_at:
        if process.poll() is not None:
            said = "".join(last_lines(home.log_file(NAME), 1)) or f"it ended with {process.returncode}"
            raise UnavailableError(said.removeprefix("bakehouse: "))
        state = read_state(home.state_file)
        if state is not None and state.pid == process.pid and state.phase == "ready":
            return welcome(home, state.address) + _troubles(state)
        time.sleep(_LOOK_S)
    raise UnavailableError(f"not ready after {_START_S:.0f} s; `bakehouse status` says why")


def stop_studio(folder: Path) -> bool:
    """Tell the studio of a home folder to stop, and return when it has; whether there was one.

    What a studio left that was killed is ended, too.

    Raises:
        UnavailableError: it goes on stopping.
    """
    home = Home(folder.resolve())
    if not is_running(home.path):
        state = read_state(home.state_file)
        return state is not None and end_leftovers(state) > 0
    if holder := home.holder():
        with suppress(ProcessLookupError):
            os.kill(holder, signal.SIGTERM)
    give_up_at = time.monotonic() + _STOP_S
    while is_running(home.path):
        if time.monotonic() > give_up_at:
            raise UnavailableError(
                f"the studio in {home.path} still stops after {_STOP_S:.0f} s; `kill -9 {holder}` ends it"
            )
        time.sleep(_LOOK_S)
    return True


def _troubles(state: StudioState) -> str:
    names = [process.name for process in state.processes if process.is_failing]
    return f"\nBut these do not start: {', '.join(names)}; `bakehouse status` says why" if names else ""
