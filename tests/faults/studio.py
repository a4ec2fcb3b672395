"""A toy studio of real processes that a test may kill, stop, continue and start again, by its own pids."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection
from bakehouse.migration import Layout, migrate
from bakehouse.topology import load_services
from tests.nats_process import TOKEN, NatsProcess

ACK_WAIT_S = 2.0
SUPERVISE_ACK_WAIT_S = 2.0
DECLARATION = f"""\
name = "toy"
module = "tests.toy"
[kinds.bake]
pool = "cpu"
[pools.cpu]
ack_wait_s = {ACK_WAIT_S}
memory_limit_mib = 512
"""


class Studio:
    """nats-server, two `serve`, two `work`; the migration is run by the test."""

    def __init__(self, folder: Path, *, num_serve: int = 2, num_work: int = 2) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.history = folder / "toy.history"
        self.declaration = folder / "service.toml"
        folder.mkdir(parents=True, exist_ok=True)
        DirectoryStore(self.store).create()
        self.declaration.write_text(DECLARATION)
        self.nats = NatsProcess(folder / "nats")
        self.serves = [f"serve-{n}" for n in range(num_serve)]
        self.works = [f"work-{n}" for n in range(num_work)]
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        role = ["serve"] if name.startswith("serve") else ["work", "--pool", "cpu"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "tests.toy", *role], env=self._environment(), stdout=log, stderr=log
            )

    def signal(self, name: str, number: signal.Signals) -> None:
        self._processes[name].send_signal(number)

    async def ready(self, name: str, *, times: int) -> None:
        """Return when a process has come up as often as that."""
        word = '"serving"' if name.startswith("serve") else '"worker_ready"'
        async with asyncio.timeout(30):
            while (self.folder / f"{name}.log").read_text().count(word) < times:
                await asyncio.sleep(0.05)

    def kill(self, name: str) -> None:
        self._processes[name].kill()
        self._processes[name].wait()

    def wait(self, name: str, timeout_s: float) -> int:
        """The exit code of a process that was told to end."""
        return self._processes[name].wait(timeout_s)

    def child_of(self, name: str) -> int | None:
        """The pid of a worker's child, if it has one."""
        try:
            children = psutil.Process(self._processes[name].pid).children()
        except psutil.NoSuchProcess:
            return None
        return children[0].pid if children else None

    def pids(self) -> list[int]:
        return [process.pid for process in self._processes.values()]

    def stop(self) -> None:
        for process in self._processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        self.nats.stop()

    def logs(self) -> Sequence[Path]:
        return sorted(self.folder.glob("*.log"))

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "BAKEHOUSE_NATS_URL": self.nats.server.url,
            "BAKEHOUSE_NATS_TOKEN": TOKEN,
            "BAKEHOUSE_STORE_URL": f"dir://{self.store}",
            "BAKEHOUSE_TOY_DECLARATION": str(self.declaration),
            "BAKEHOUSE_TOY_HISTORY": str(self.history),
            "BAKEHOUSE_SUPERVISE_ACK_WAIT_S": str(SUPERVISE_ACK_WAIT_S),
            "BAKEHOUSE_TOKENS_FILE": str(self.folder / "tokens.json"),
            "BAKEHOUSE_STALL_S": "5",
            "BAKEHOUSE_LOG_LEVEL": "debug",
        }

    async def migrate(self, connection: Connection) -> None:
        services = load_services([self.declaration]).values()
        await migrate(connection, services, Layout(supervise_ack_wait_s=SUPERVISE_ACK_WAIT_S))


@asynccontextmanager
async def running_studio(folder: Path, **numbers: int) -> AsyncIterator[tuple[Studio, Connection]]:
    studio = Studio(folder, **numbers)
    try:
        studio.nats.start()
        async with connected(studio.nats.settings, name="test") as connection:
            await studio.migrate(connection)
            for name in (*studio.serves, *studio.works):
                studio.start(name)
            yield studio, connection
            await asyncio.sleep(0)
    finally:
        studio.stop()
