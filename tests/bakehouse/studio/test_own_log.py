"""The studio's own log."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO, cast

import pytest
import structlog

from bakehouse.logs import get_logger
from bakehouse.studio.home import Home
from bakehouse.studio.own_log import log_to_file


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_what_is_logged_is_in_the_file_and_not_on_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    home.make()
    log_to_file(home)
    get_logger().info("said", n=1)
    (handler,) = logging.getLogger().handlers
    cast("logging.StreamHandler[TextIO]", handler).stream.close()
    assert json.loads(home.log_file("studio").read_text())["event"] == "said"
    assert tuple(capfd.readouterr()) == ("", "")
