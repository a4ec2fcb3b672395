import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.jobs.record import JobState
from tests.nats_process import TOKEN, NatsProcess
from tests.ports import free_port
from tests.toy.kitchen import kitchen


def environment(nats_url: str, folder: Path) -> dict[str, str]:
    DirectoryStore(folder / "store").create()
    return {
        **os.environ,
        "BAKEHOUSE_NATS_URL": nats_url,
        "BAKEHOUSE_NATS_TOKEN": TOKEN,
        "BAKEHOUSE_STORE_URL": f"dir://{folder / 'store'}",
        "BAKEHOUSE_TOKENS_FILE": str(folder / "tokens.json"),
    }


def start(arguments: list[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen([sys.executable, "-m", "tests.toy", *arguments], env=env, stderr=file)


@pytest.mark.parametrize(
    ("arguments", "ready"), [(["serve"], "serving"), (["work", "--pool", "cpu"], "worker_ready")]
)
def test_a_role_starts_and_ends_by_signal(
    arguments: list[str], ready: str, shared_nats: NatsProcess, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    process = start(arguments, environment(shared_nats.server.url, tmp_path), log)
    deadline = time.monotonic() + 20
    while f'"{ready}"' not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert "Traceback" not in log.read_text()
    assert TOKEN not in log.read_text()


def run(arguments: list[str], env: dict[str, str]) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.toy", *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def test_a_pool_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    code, said = run(["work", "--pool", "gpu"], environment("nats://127.0.0.1:1", tmp_path))
    assert (code, said) == (1, "toy: toy has no pool 'gpu'; it has cpu\n")


def test_a_store_that_is_none_is_one_line(tmp_path: Path) -> None:
    env = environment("nats://127.0.0.1:1", tmp_path) | {"BAKEHOUSE_STORE_URL": "ftp://x"}
    code, said = run(["work", "--pool", "cpu"], env)
    assert code == 1
    assert said.count("\n") == 1
    assert "BAKEHOUSE_STORE_URL" in said


def test_nats_away_is_one_line(tmp_path: Path) -> None:
    env = environment(f"nats://127.0.0.1:{free_port()}", tmp_path) | {"BAKEHOUSE_NATS_PATIENCE_S": "1"}
    code, said = run(["serve"], env)
    assert code == 1
    assert "set BAKEHOUSE_NATS_URL" in said.splitlines()[-1]
    assert "Traceback" not in said


@pytest.mark.parametrize("phase", ["plan_ms", "finalise_ms"])
async def test_a_stage_that_takes_long_does_not_keep_serve(
    phase: str, own_nats: NatsProcess, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    async with kitchen(own_nats, tmp_path) as toy:
        declaration = tmp_path / "service.toml"
        declaration.write_text(
            f'name = "{toy.service.name}"\nmodule = "tests.toy"\n[kinds.bake]\npool = "cpu"\n[pools.cpu]\n'
        )
        env = environment(own_nats.server.url, tmp_path) | {"BAKEHOUSE_TOY_DECLARATION": str(declaration)}
        process = start(["serve"], env, log)
        spec: dict[str, Any] = {"num_items": 0, phase: 60_000}
        record = await toy.submit(**spec)
        state = JobState.PLANNING if phase == "plan_ms" else JobState.FINALISING
        async with asyncio.timeout(20):
            while (await toy.read(record)).state is not state:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 10) == 0
