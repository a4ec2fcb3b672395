"""What a running studio says of itself in studio.json: for `status`, for clients, and for the next start."""

from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Literal

import psutil

from bakehouse.errors import CorruptionError
from bakehouse.wire import UnknownSchemaError, Wire

# Two readings of one start time differ by less; two processes of one id by more.
_SAME_START_MS = 1000

Phase = Literal["starting", "ready", "stopping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessState:
    """A process. `pid` is 0 while it does not run; then `trouble` says why. Times are unix milliseconds."""

    name: str
    pid: int = 0
    started_ms: int = 0
    num_restarts: int = 0
    is_failing: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioState:
    """A studio. `group` is its processes' group; `nats_trouble` is empty while NATS answers.

    `address` is what a client on this machine is to use, `listen` where the gateway listens.
    """

    version: str
    pid: int
    started_ms: int
    phase: Phase = "starting"
    address: str = ""
    tls_ca: str = ""
    listen: str = ""
    http_listen: str = ""
    nats_url: str = ""
    store_url: str = ""
    group: int = 0
    nats_trouble: str = ""
    processes: tuple[ProcessState, ...] = ()


_WIRE = Wire(StudioState, schema=1, what="state of a studio")


def write_state(path: Path, state: StudioState) -> None:
    """Replace the file in one step."""
    beside = path.with_name(f".{path.name}.{token_hex(4)}")
    beside.write_bytes(_WIRE.encode(state))
    beside.replace(path)


def read_state(path: Path) -> StudioState | None:
    """What the file says; None where there is none that this version understands."""
    try:
        return _WIRE.decode(path.read_bytes())
    except (FileNotFoundError, CorruptionError, UnknownSchemaError):
        return None


def start_of(pid: int) -> int:
    """When a process was started; 0 where there is none."""
    try:
        return int(psutil.Process(pid).create_time() * 1000)
    except psutil.Error:
        return 0


def find_process(pid: int, started_ms: int) -> psutil.Process | None:
    """The process of this id and start, while it lives. An id alone may be another's by now."""
    try:
        process = psutil.Process(pid)
        is_it = abs(int(process.create_time() * 1000) - started_ms) < _SAME_START_MS
        return process if is_it and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None
