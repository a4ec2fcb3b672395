"""A process that is kept: started again, with reason and count, and stopped for good."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bakehouse.studio.group import ProcessGroup
from bakehouse.studio.kept_process import KeptProcess, ProcessSpec
from bakehouse.studio.state import find_process

SLEEP = "import time; time.sleep(60)"


class Keeping:
    """Keeps `python -c CODE`, and what it said and told."""

    def __init__(self, folder: Path, code: str) -> None:
        self.said: list[str] = []
        self.changed = asyncio.Event()
        spec = ProcessSpec(name="p", command=[sys.executable, "-c", code], log=folder / "p.log")
        self.process = KeptProcess(spec, ProcessGroup(), changed=self.changed.set, say=self.said.append)

    async def until(self, condition: Callable[[KeptProcess], object]) -> None:
        async with asyncio.timeout(20):
            while not condition(self.process):
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def keeping(folder: Path, code: str) -> AsyncIterator[Keeping]:
    kept = Keeping(folder, code)
    task = asyncio.create_task(kept.process.run())
    try:
        yield kept
    finally:
        await kept.process.stop(grace_s=5)
        await task


async def test_who_is_killed_is_started_again(tmp_path: Path) -> None:
    async with keeping(tmp_path, SLEEP) as kept:
        await kept.until(lambda p: p.state.pid)
        first = kept.process.state.pid
        os.kill(first, signal.SIGKILL)
        await kept.until(lambda p: p.state.pid not in {0, first})
        assert kept.process.state.num_restarts == 1
    assert "was ended by SIGKILL" in kept.said[0]


async def test_who_ends_again_and_again_is_failing_and_says_why(tmp_path: Path) -> None:
    async with keeping(tmp_path, "raise SystemExit('no such model; name another')") as kept:
        await kept.until(lambda p: p.state.is_failing and not p.state.pid)
        assert kept.process.state.trouble == "ended with exit code 1: no such model; name another"


async def test_what_can_not_be_started_is_in_trouble(tmp_path: Path) -> None:
    kept = Keeping(tmp_path, "")
    spec = ProcessSpec(name="p", command=["/nothing/here"], log=tmp_path / "p.log")
    process = KeptProcess(spec, ProcessGroup(), changed=kept.changed.set, say=kept.said.append)
    task = asyncio.create_task(process.run())
    await kept.changed.wait()
    await process.stop(grace_s=1)
    await task
    assert "could not be started: No such file" in process.state.trouble


async def test_a_stop_is_for_good(tmp_path: Path) -> None:
    async with keeping(tmp_path, SLEEP) as kept:
        await kept.until(lambda p: p.state.pid)
        await kept.process.stop(grace_s=5)
    assert kept.said == []


async def test_who_does_not_stop_is_killed_after_the_grace(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    async with keeping(tmp_path, deaf) as kept:
        await kept.until(lambda p: p.state.pid)
        async with asyncio.timeout(10):
            while not (tmp_path / "p.log").read_text():
                await asyncio.sleep(0.02)
        await kept.process.stop(grace_s=0.1)


async def test_a_restart_is_at_once(tmp_path: Path) -> None:
    async with keeping(tmp_path, SLEEP) as kept:
        await kept.until(lambda p: p.state.pid)
        first = kept.process.state.pid
        kept.process.restart()
        await kept.until(lambda p: p.state.pid not in {0, first})
    assert "again in 0.0 s" in kept.said[0]


@pytest.mark.parametrize("when", ["starting", "waiting"])
async def test_a_stop_at_any_moment_leaves_nothing(tmp_path: Path, when: str) -> None:
    async with keeping(tmp_path, SLEEP if when == "starting" else "") as kept:
        if when == "waiting":
            await kept.until(lambda p: p.state.num_restarts)
    state = kept.process.state
    assert find_process(state.pid, state.started_ms) is None
