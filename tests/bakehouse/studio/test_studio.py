"""Studios that don't come up, or not whole. Those that do are in tests/e2e/test_up.py."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bakehouse.client.local import is_running
from bakehouse.errors import InvalidInputError, StateError, UnavailableError
from bakehouse.studio.home import Home
from bakehouse.studio.settings import StudioSettings
from bakehouse.studio.state import StudioState, find_process, read_state
from bakehouse.studio.studio import run_studio
from tests.conftest import TOY


def settings_of(folder: Path, *services: Path) -> StudioSettings:
    values = {"home": folder / "home", "services": services, "listen": "127.0.0.1:0"}
    return StudioSettings.model_validate(values)


async def run(settings: StudioSettings, say: list[str]) -> None:
    await run_studio(settings, say.append, prepared=lambda _: None)


def state_in(folder: Path) -> StudioState:
    state = read_state(folder / "home" / "studio.json")
    assert state is not None
    return state


async def test_a_service_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"nothing\.toml"):
        await run(settings_of(tmp_path, tmp_path / "nothing.toml"), [])
    assert not is_running(tmp_path / "home")


async def test_a_home_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    with home.claimed(), pytest.raises(StateError, match="already"):
        await run(settings_of(tmp_path, TOY), [])


async def test_a_gateway_that_does_not_start_ends_the_studio_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAKEHOUSE_UPLOAD_MAX_BYTES", "nonsense")
    with pytest.raises(UnavailableError, match=r"gateway does not start.*BAKEHOUSE_UPLOAD_MAX_BYTES"):
        await run(settings_of(tmp_path, TOY), [])
    processes = state_in(tmp_path).processes
    assert [p.name for p in processes if p.pid and find_process(p.pid, p.started_ms)] == []


async def test_a_service_that_does_not_start_is_said_and_the_rest_is_ready(tmp_path: Path) -> None:
    (tmp_path / "lame.toml").write_text(
        'name = "lame"\nmodule = "no.such.module"\n[pools.cpu]\n[kinds.walk]\npool = "cpu"\n'
    )
    said: list[str] = []
    running = asyncio.create_task(run(settings_of(tmp_path, tmp_path / "lame.toml"), said))
    async with asyncio.timeout(40):
        while not any("is ready" in text for text in said):
            assert not running.done()
            await asyncio.sleep(0.05)
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    assert [text for text in said if text.startswith("not ready: lame-serve, lame-cpu-1")] != []
