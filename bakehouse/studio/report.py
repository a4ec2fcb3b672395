"""What there is to say of a studio: its processes as the system sees them, NATS, the store, jobs by state."""

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bakehouse.client.client import Client
from bakehouse.client.local import is_running, local_studio
from bakehouse.errors import BakehouseError
from bakehouse.rpc.tls import ClientTls
from bakehouse.studio.home import Home
from bakehouse.studio.log_files import last_lines
from bakehouse.studio.own_log import NAME
from bakehouse.studio.state import ProcessState, find_process, read_state

_LAST_LINES = 3
_CALL_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessReport:
    """A process. `up_s` is 0 for one that does not run; `cpu_percent` is of one core, since its start.

    `last_lines` of its log are given where it is in trouble.
    """

    name: str
    pid: int
    up_s: int
    num_restarts: int
    rss_mib: int
    cpu_percent: float
    is_failing: bool
    trouble: str
    last_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioReport:
    """A studio; `phase` is `stopped` where none runs. What is in trouble says so, and is else empty.

    `jobs` counts those of all projects by state.
    """

    home: str
    phase: str
    version: str = ""
    address: str = ""
    gateway_trouble: str = ""
    nats_url: str = ""
    nats_trouble: str = ""
    store_url: str = ""
    jobs: Mapping[str, int] = field(default_factory=dict)
    processes: tuple[ProcessReport, ...] = ()


def report_on(folder: Path) -> StudioReport:
    """What is to be said of the studio of a home folder now."""
    home = Home(folder.resolve())
    state = read_state(home.state_file)
    if state is None or not is_running(home.path):
        return StudioReport(home=str(home.path), phase="stopped")
    jobs, trouble = _ask_gateway(home)
    itself = ProcessState(name=NAME, pid=state.pid, started_ms=state.started_ms)
    return StudioReport(
        home=str(home.path),
        phase=state.phase,
        version=state.version,
        address=state.address,
        gateway_trouble=trouble,
        nats_url=state.nats_url,
        nats_trouble=state.nats_trouble,
        store_url=state.store_url,
        jobs=jobs,
        processes=tuple(_report_process(home, process) for process in (itself, *state.processes)),
    )


def _report_process(home: Home, process: ProcessState) -> ProcessReport:
    up_s, rss_mib, cpu_percent = 0.0, 0, 0.0
    found = find_process(process.pid, process.started_ms) if process.pid else None
    if found is not None:
        with suppress(psutil.Error), found.oneshot():
            up_s = max(time.time() - process.started_ms / 1000, 0.1)
            spent = found.cpu_times()
            rss_mib = found.memory_info().rss >> 20
            cpu_percent = 100 * (spent.user + spent.system) / up_s
    is_in_trouble = process.is_failing or found is None
    lines = last_lines(home.log_file(process.name), _LAST_LINES) if is_in_trouble else ()
    return ProcessReport(
        name=process.name,
        pid=process.pid if found else 0,
        up_s=int(up_s),
        num_restarts=process.num_restarts,
        rss_mib=rss_mib,
        cpu_percent=round(cpu_percent, 1),
        is_failing=process.is_failing,
        trouble=process.trouble,
        last_lines=tuple(lines),
    )


def _ask_gateway(home: Home) -> tuple[dict[str, int], str]:
    """The jobs by state, or why they are not known."""
    try:
        place = local_studio(home.path)
        tls = ClientTls(ca=place.ca) if place.ca else None
        with Client(place.address, place.token, tls=tls, timeout_s=_CALL_S) as client:
            jobs = Counter(
                str(job.state) for project in client.projects.list() for job in client.jobs.list(project.id)
            )
            return dict(jobs), ""
    except BakehouseError as error:
        return {}, error.message
