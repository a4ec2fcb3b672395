"""A file of 2 GiB through the client and the gateway: neither holds it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import Digest
from bakehouse.v1.project_pb2 import CreateProjectRequest
from tests.gateway.process import GatewayProcess
from tests.nats_process import NatsProcess

SIZE_BYTES = 2 << 30
PIECE = bytes(range(256)) * 4096
# What both grow by, at most: parts on their way and in their threads.
GROWTH_MIB = 160

SEND = """
import resource, sys
from pathlib import Path
from bakehouse.client.client import Client

idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with Client(sys.argv[1], sys.argv[2]) as client:
    print(client.uploads.send(Path(sys.argv[3]), project="p"))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle) // 1024)
"""


@pytest.fixture
def gateway(own_nats: NatsProcess, tmp_path: Path) -> Iterator[GatewayProcess]:
    DirectoryStore(tmp_path / "store").create()
    process = GatewayProcess(own_nats, tmp_path)
    process.start()
    yield process
    process.end()


@pytest.mark.scale
def test_two_gibibytes_are_stored_with_flat_memory(gateway: GatewayProcess, tmp_path: Path) -> None:
    gateway.client().projects.CreateProject(CreateProjectRequest(project_id="p"))
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        for _ in range(SIZE_BYTES // len(PIECE)):
            file.write(PIECE)
    idle_mib = gateway.memory_mib()
    done = subprocess.run(
        [sys.executable, "-c", SEND, gateway.address, gateway.token, str(large)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    digest, client_mib = done.stdout.split()
    assert Blobs(DirectoryStore(tmp_path / "store"), "p").size_bytes(Digest(digest)) == SIZE_BYTES
    assert int(client_mib) < GROWTH_MIB
    assert gateway.memory_mib("VmHWM") - idle_mib < GROWTH_MIB
