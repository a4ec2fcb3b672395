"""A real SeaweedFS as a process that tests may kill and start again. Only its S3 port is of use to anybody.

By itself only S3 asks for credentials. So everything listens on 127.0.0.1, telemetry is off, so are the HTTP
interfaces of master and filer, and volumes take tokens that only this server can make. What stays open, on
loopback, is gRPC and the status pages of master and volumes.
"""

import atexit
import functools
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from bakehouse.blobs.s3 import S3Store
from bakehouse.blobs.s3_location import S3Location
from tests.ports import wait_for_port

ACCESS_KEY = "bakehouse-test"
SECRET_KEY = "bakehouse-test-secret"
BUCKET = "bakehouse"

_PORTS = ("master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc", "s3", "s3.grpc")
_TOKENS = ("SIGNING", "SIGNING_READ", "FILER_SIGNING", "FILER_SIGNING_READ")
_ACTIONS = ("Admin", "Read", "Write", "List")


class WeedProcess:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
        self.endpoint = f"http://127.0.0.1:{self.ports['s3']}"
        self._secret = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Returns when the bucket is there and takes objects."""
        self.folder.mkdir(exist_ok=True)
        log = (self.folder / "weed.log").open("ab")
        tokens = {f"WEED_JWT_{name}_KEY": self._secret for name in _TOKENS}
        environment = {**os.environ, **tokens, "HOME": str(self.folder)}
        self._process = subprocess.Popen(
            self._command(), stdout=log, stderr=log, env=environment, cwd=self.folder
        )
        log.close()
        wait_for_port(self.ports["s3"], timeout_s=60)
        store = self.store("ready")
        store.create_bucket()
        store.put("object", [b"ready"], size_bytes=5)

    def store(self, prefix: str, *, endpoint: str = "", patience_s: float = 30.0) -> S3Store:
        """A store of its own, below a prefix of the one bucket. An endpoint may be a proxy of this one."""
        return S3Store(self.location(prefix, endpoint=endpoint), patience_s=patience_s)

    def location(self, prefix: str = "", *, endpoint: str = "") -> S3Location:
        return S3Location(
            endpoint=endpoint or self.endpoint,
            bucket=BUCKET,
            prefix=prefix,
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
        )

    def kill(self) -> None:
        """At once: on SIGTERM a weed drains for long, and one with a full disk never ends."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for name in ("master", "volume", "filer", "s3"):
            socket_path = Path(f"/tmp/seaweedfs-{name}-grpc-{self.ports[f'{name}.grpc']}.sock")
            socket_path.unlink(missing_ok=True)

    def _command(self) -> list[str]:
        identity = {
            "name": "test",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": _ACTIONS,
        }
        config = self.folder / "s3.json"
        config.write_text(json.dumps({"identities": [identity]}))
        # It also dies with a test run that is killed, where there is a setpriv.
        guard = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        return [
            *guard,
            str(Path(sys.executable).with_name("weed")),
            "server",
            f"-dir={self.folder}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            *(
                f"-{name.replace('.', '.port.', 1) if '.' in name else f'{name}.port'}={port}"
                for name, port in self.ports.items()
            ),
            "-disableHttp",
            "-master.telemetry=false",
            "-master.electionTimeout=1s",  # else it looks for itself for 20 s when it comes back
            "-master.volumeSizeLimitMB=64",
            "-volume.max=0",
            "-volume.preStopSeconds=1",
            "-filer",
            f"-filer.localSocket={self.folder}/filer.sock",
            "-s3",
            f"-s3.config={config}",
            f"-s3.localSocket={self.folder}/s3.sock",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-s3.iam=false",
            "-s3.autoCreateBucket=false",
        ]


@functools.cache
def running_weed() -> WeedProcess:
    """One server for all tests that do it no harm, from the first that needs it to the end of the run."""
    folder = Path(tempfile.mkdtemp(prefix="weed-"))
    weed = WeedProcess(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(weed.kill)
    weed.start()
    return weed


def _free_ports(count: int) -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(listener.getsockname()[1]) for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports
