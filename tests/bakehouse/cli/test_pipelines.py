"""`bakehouse stop` and `pull`."""

from pathlib import Path

import pytest

from bakehouse.cli.pipelines import pull, stop
from bakehouse.errors import StateError
from tests.bakehouse.client.simmering import NAME, Simmering, running
from tests.bakehouse.client.studio_thread import StudioThread


def test_training_is_stopped(studio: StudioThread, capsys: pytest.CaptureFixture[str]) -> None:
    Simmering(running()).open(studio)
    stop("x", project="p")
    assert capsys.readouterr().out == f"{NAME} is stopping; see it end with: bakehouse watch {NAME}\n"


def test_what_is_not_there_yet_can_not_be_pulled(studio: StudioThread, tmp_path: Path) -> None:
    Simmering(running()).open(studio)
    with pytest.raises(StateError, match="has no adapter"):
        pull("x", tmp_path, project="p")
