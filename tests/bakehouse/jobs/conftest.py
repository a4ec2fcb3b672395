"""A toy studio for the tests of the engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.nats_process import NatsProcess
from tests.toy.kitchen import Kitchen, kitchen


@pytest.fixture
async def toy(shared_nats: NatsProcess, tmp_path: Path) -> AsyncIterator[Kitchen]:
    """Nobody supervises or works in it yet."""
    async with kitchen(shared_nats, tmp_path) as opened:
        yield opened


@pytest.fixture
async def open_toy(toy: Kitchen) -> AsyncIterator[Kitchen]:
    """One supervision, one worker."""
    async with toy.open_for_business():
        yield toy
