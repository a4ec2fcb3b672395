"""`bakehouse status` and `down` where nothing runs. `up` and the rest are in tests/e2e/test_up.py."""

import json
from pathlib import Path

import pytest
import typer

from bakehouse.cli.studio import down, status


def test_down_where_nothing_runs_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    down(home=tmp_path)
    assert "No studio runs" in capsys.readouterr().err


def test_status_where_nothing_runs_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as caught:
        status(home=tmp_path, as_json=True)
    assert (caught.value.exit_code, json.loads(capsys.readouterr().out)["phase"]) == (3, "stopped")
