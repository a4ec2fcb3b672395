"""The kitchen (see kitchen.py), and what it logs."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import cast

import pytest
import structlog

from bakehouse.logs import configure_logs
from tests.bakehouse.rpc.kitchen import Kitchen

CANARY = "canary-7f3a"


@pytest.fixture
async def kitchen(tmp_path: Path) -> AsyncIterator[Kitchen]:
    kitchen = Kitchen(tmp_path)
    yield kitchen
    await kitchen.close()


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """All that this process has logged, with the CANARY as a secret that the settings know."""
    root, text = logging.getLogger(), StringIO()
    handlers, level = root.handlers[:], root.level
    configure_logs(level="debug", log_format="json", secrets=[CANARY])
    cast("logging.StreamHandler[StringIO]", root.handlers[0]).setStream(text)
    yield text.getvalue
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
