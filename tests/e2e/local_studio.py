"""A real `bakehouse up` as a process, by default with the toy service, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from bakehouse.client.client import Client
from bakehouse.client.local import local_studio

ROOT = Path(__file__).parent.parent.parent
TOY = ROOT / "tests" / "toy" / "service.toml"
START_S = 150.0
QUICK = {"BAKEHOUSE_SUPERVISE_ACK_WAIT_S": "2"}  # jobs of a killed `serve` are taken over sooner
PROCESSES = ["warden", "nats-server", "gateway", "toy-serve", "toy-cpu-1", "toy-cpu-2"]


class LocalStudio:
    def __init__(self, home: Path, *, services: Sequence[Path] = (TOY,), **settings: str) -> None:
        """`settings` are variables of its environment."""
        self.home = home
        self._services = services
        self._settings = settings
        self.process: subprocess.Popen[str] | None = None

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "bakehouse.cli.main", *arguments]

    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("BAKEHOUSE_")}
        return {**kept, "PYTHONPATH": str(ROOT), "BAKEHOUSE_HOME": str(self.home), **QUICK, **self._settings}

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment() | environment,
            cwd=self.home.parent,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def up(self, *, listen: str = "127.0.0.1:0") -> None:
        with (self.home.parent / "terminal").open("wb") as terminal:
            self.process = subprocess.Popen(
                self.command("up", *self._named_services(), "--listen", listen),
                env=self.environment(),
                cwd=self.home.parent,
                stdout=terminal,
                stderr=terminal,
                text=True,
            )
        wait_until(lambda: "is ready" in self.terminal() or self.process_ended(), within_s=START_S)
        assert "is ready" in self.terminal(), self.terminal()

    def _named_services(self) -> list[str]:
        return [word for path in self._services for word in ("--services", str(path))]

    def terminal(self) -> str:
        return (self.home.parent / "terminal").read_text()

    def process_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.home / "studio.json").read_text())
        return state

    def pid(self, name: str) -> int:
        """0 while it does not run."""
        pids = {process["name"]: process["pid"] for process in self.state()["processes"]}
        return int(pids[name])

    def kill(self, name: str) -> int:
        """Kill a process; its old id."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def freeze(self) -> None:
        """Let the studio's own process notice nothing any more."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def kill_itself(self) -> None:
        """Kill the studio's own process."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def client(self) -> Client:
        place = local_studio(self.home)
        return Client(place.address, place.token)

    def living(self) -> list[psutil.Process]:
        """All that runs for this home but the studio itself, whoever started it."""
        group = self.state()["group"]
        return [process for process in psutil.process_iter() if _group_of(process) == group]

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(40)
            self.run("down")  # what is left where a test went wrong


def wait_until(condition: Callable[[], object], *, within_s: float = 30) -> None:
    give_up_at = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up_at, "it did not come about"
        time.sleep(0.05)


def _group_of(process: psutil.Process) -> int:
    """0 for one that is gone."""
    try:
        return 0 if process.status() == psutil.STATUS_ZOMBIE else os.getpgid(process.pid)
    except (psutil.Error, ProcessLookupError):
        return 0
