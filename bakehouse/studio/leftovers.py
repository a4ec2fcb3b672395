"""Ends what an earlier studio left running: one that was killed together with its warden."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

from bakehouse.errors import UnavailableError
from bakehouse.logs import get_logger
from bakehouse.studio.state import StudioState, find_process

_PATIENCE_S = 10.0

log = get_logger()


def end_leftovers(state: StudioState) -> int:
    """Kill the processes that `state` tells of and all of their group, and see them gone; how many lived.

    Only those that are what they were count: an id alone may be another program's by now.

    Raises:
        UnavailableError: one of them does not go.
    """
    left = list(_living(state))
    for process in left:
        with suppress(ProcessLookupError, PermissionError):
            if state.group and os.getpgid(process.pid) == state.group:
                os.killpg(state.group, signal.SIGKILL)
            else:
                process.kill()
    _await_end(state)
    if left:
        log.warning("leftovers_ended", num_processes=len(left))
    return len(left)


def _living(state: StudioState) -> Iterator[psutil.Process]:
    for recorded in state.processes:
        if recorded.pid:
            process = find_process(recorded.pid, recorded.started_ms)
            if process is not None:
                yield process


def _await_end(state: StudioState) -> None:
    give_up_at = time.monotonic() + _PATIENCE_S
    while stubborn := list(_living(state)):
        if time.monotonic() > give_up_at:
            raise UnavailableError(
                f"process {stubborn[0].pid} of an earlier studio does not end; it hangs in a disk or device"
            )
        time.sleep(0.02)
