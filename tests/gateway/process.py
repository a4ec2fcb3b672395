"""A gateway as a process of its own, on addresses that it comes back to when it was killed."""

import os
import subprocess
import sys
from pathlib import Path

import grpc

from bakehouse.rpc.tokens import new_token, write_tokens
from tests.gateway.bakery import SIGNING_KEY, Client
from tests.nats_process import NatsProcess
from tests.ports import free_port


class GatewayProcess:
    """`python -m gateway` over a store in `folder / "store"`, which has to be there. Its log is a file."""

    def __init__(self, nats: NatsProcess, folder: Path, **settings: str) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self.log = folder / "gateway.log"
        tokens_file = folder / "tokens.json"
        self.token, kept = new_token()
        write_tokens(tokens_file, [kept])
        values = {
            "nats_url": nats.server.url,
            "nats_token": nats.server.token,
            "store_url": f"dir://{folder / 'store'}",
            "listen": self.address,
            "http_listen": f"127.0.0.1:{free_port()}",
            "tokens_file": str(tokens_file),
            "signing_key": SIGNING_KEY,
            "services": "",
            "nats_patience_s": "5",
            **settings,
        }
        clean = {key: value for key, value in os.environ.items() if not key.startswith("BAKEHOUSE_")}
        self.environment = clean | {
            f"BAKEHOUSE_{key.upper()}": value for key, value in values.items() if value
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def start(self) -> None:
        """Return when it serves."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway"], env=self.environment, stdout=log, stderr=log
            )
        channel = grpc.insecure_channel(self.address)
        try:
            grpc.channel_ready_future(channel).result(timeout=30)
        finally:
            channel.close()

    def client(self) -> Client:
        return Client(self.address, self.token)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """The exit code of an orderly end."""
        self.process.terminate()
        return self.process.wait(30)

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def memory_mib(self, field: str = "VmRSS") -> float:
        """What the kernel says of its memory; VmHWM is the most that it ever was."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(f"{field}:"))
        return int(line.split()[1]) / 1024

    def refusal(self) -> tuple[int, str]:
        """Exit code and stderr of a start that fails."""
        command = [sys.executable, "-m", "gateway"]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=30, check=False
        )
        return done.returncode, done.stderr
