"""An idle studio: how soon `bakehouse up` is ready, what its processes hold, and what they burn in 30 s."""

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bakehouse.studio.detached import stop_studio
from bakehouse.studio.home import Home
from bakehouse.studio.state import read_state
from bakehouse.topology import installed_services

IDLE_S = 30
_SETTLE_S = 5
_TOY = Path(__file__).parent.parent / "tests" / "toy" / "service.toml"


def main() -> None:
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        first_s = up(home)
        stop_studio(home)
        again_s = up(home)
        try:
            time.sleep(_SETTLE_S)
            rows = watch_idle(home)
        finally:
            stop_studio(home)
    print(f"ready after {first_s:.1f} s in a new home, {again_s:.1f} s in one that was used before\n")
    print("| process | RSS, MiB | CPU, % of a core |")
    print("|---|---|---|")
    for name, rss_mib, cpu_percent in rows:
        print(f"| {name} | {rss_mib:.0f} | {cpu_percent:.2f} |")
    print(f"| all | {sum(row[1] for row in rows):.0f} | {sum(row[2] for row in rows):.2f} |")


def up(home: Path) -> float:
    """Start a studio with all services that are installed, or the toy; the seconds until it is ready."""
    services = installed_services() or [_TOY]
    options = [option for path in services for option in ("--services", str(path))]
    command = [sys.executable, "-m", "bakehouse.cli.main", "up", "--detach", "--home", str(home), *options]
    start = time.perf_counter()
    subprocess.run([*command, "--listen", "127.0.0.1:0"], check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def watch_idle(home: Path) -> list[tuple[str, float, float]]:
    """Each process of the studio with its resident MiB and its per cent of a core while nothing is done."""
    processes = named_processes(home)
    before = {process.pid: _cpu_s(process) for _, process in processes}
    start = time.perf_counter()
    time.sleep(IDLE_S)
    elapsed_s = time.perf_counter() - start
    return [
        (
            name,
            process.memory_info().rss / (1 << 20),
            100 * (_cpu_s(process) - before[process.pid]) / elapsed_s,
        )
        for name, process in processes
    ]


def named_processes(home: Path) -> list[tuple[str, psutil.Process]]:
    state = read_state(Home(home).state_file)
    assert state is not None
    named = [("studio", psutil.Process(state.pid))]
    for recorded in state.processes:
        process = psutil.Process(recorded.pid)
        named.append((recorded.name, process))
        named += [(f"{recorded.name}'s child", child) for child in process.children()]
    return named


def _cpu_s(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return spent.user + spent.system


if __name__ == "__main__":
    main()
