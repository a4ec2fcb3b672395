"""A real gateway as a process that tests may kill and start again, on a nats-server of its own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.client.client import Client
from bakehouse.rpc.tokens import bootstrap_tokens
from tests.conftest import TOY
from tests.faultproxy import FaultProxy
from tests.nats_process import NatsProcess
from tests.ports import free_port, wait_for_port


class GatewayProcess:
    def __init__(self, folder: Path, *, services: Sequence[Path] = (TOY,)) -> None:
        self.folder = folder
        self._services = services
        self.nats = NatsProcess(folder / "server")
        self.port, self.http_port = free_port(), free_port()
        self.proxy = FaultProxy(self.http_port)  # before the signed URLs
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return (self.folder / "token").read_text()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def open(self) -> None:
        DirectoryStore(self.folder / "store").create()
        bootstrap_tokens(self.folder / "tokens.json")
        self.nats.start()
        self.proxy.__enter__()
        self.start()

    def start(self) -> None:
        environment = {
            "BAKEHOUSE_NATS_URL": self.nats.server.url,
            "BAKEHOUSE_NATS_TOKEN": self.nats.server.token,
            "BAKEHOUSE_STORE_URL": f"dir://{self.folder / 'store'}",
            "BAKEHOUSE_TOKENS_FILE": str(self.folder / "tokens.json"),
            "BAKEHOUSE_LISTEN": self.address,
            "BAKEHOUSE_HTTP_LISTEN": f"127.0.0.1:{self.http_port}",
            "BAKEHOUSE_SIGNING_KEY": "a-signing-key-for-tests-of-32-characters-or-more",
            "BAKEHOUSE_PUBLIC_URL": self.proxy.endpoint,
            "BAKEHOUSE_SERVICES": os.pathsep.join(map(str, self._services)),
        }
        with (self.folder / "gateway.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway"], env=os.environ | environment, stdout=log, stderr=log
            )
        wait_for_port(self.port)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.kill()
        self.proxy.__exit__(None, None, None)
        self.nats.stop()

    def client(self) -> Client:
        return Client(self.address, self.token)
