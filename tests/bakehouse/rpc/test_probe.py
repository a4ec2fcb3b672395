"""The probe of containers, against a real server."""

import asyncio
import subprocess
import sys

from bakehouse.rpc.probe import probe
from tests.bakehouse.rpc.kitchen import Kitchen
from tests.ports import free_port


async def test_a_server_that_serves_is_healthy(kitchen: Kitchen) -> None:
    server = await kitchen.open()
    assert await asyncio.to_thread(probe, server.address) == "SERVING"


def test_where_nobody_listens_the_exit_code_says_so() -> None:
    address = f"127.0.0.1:{free_port()}"
    done = subprocess.run(
        [sys.executable, "-m", "bakehouse.rpc.probe", address], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, f"{address}: no answer (UNAVAILABLE)\n")
