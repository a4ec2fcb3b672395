"""A real nats-server as a process that tests may kill, stop, rob of its disk and start again."""

import shutil
import subprocess
from pathlib import Path

from bakehouse.settings import ProcessSettings
from bakehouse.studio.nats_server import NatsServer
from tests.ports import free_port, wait_for_port

TOKEN = "a-token-for-tests"


class NatsProcess:
    def __init__(self, folder: Path) -> None:
        self.server = NatsServer(folder=folder, port=free_port(), token=TOKEN)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> ProcessSettings:
        return ProcessSettings.model_validate({"nats_url": self.server.url, "nats_token": TOKEN})

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        log = (self.server.folder.parent / "nats.log").open("ab")
        self._process = subprocess.Popen(self.server.command(), stdout=log, stderr=log)
        log.close()
        wait_for_port(self.server.port)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def lose_disk(self) -> None:
        shutil.rmtree(self.server.folder / "jetstream")

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
