"""`bakehouse plan`: which options go together. What it tells of a recipe: tests/e2e/test_snapshots.py."""

from pathlib import Path
from typing import Any

import pytest
import typer

from bakehouse.cli.plan import plan
from bakehouse.errors import InvalidInputError

PATH = Path("x")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "name a RECIPE"),
        ({"recipe": PATH, "dataset": "cats"}, "go with --sizes"),
        ({"recipe": PATH, "out": PATH}, "go with --sizes"),
        ({"sizes": PATH, "fresh": True}, "don't go with --sizes"),
        ({"sizes": PATH, "report": PATH}, "don't go with --sizes"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(typer.BadParameter, match=said):
        plan(**options)


def test_a_report_that_is_there_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(InvalidInputError, match="is there already"):
        plan(tmp_path / "recipe.yaml", report=tmp_path / "report.html")
    with pytest.raises(InvalidInputError, match="there is no folder"):
        plan(tmp_path / "recipe.yaml", report=tmp_path / "gone" / "report.html")


def test_sizes_are_planned_without_a_studio(tmp_path: Path) -> None:
    (tmp_path / "sizes").write_text('{"width": 640, "height": 640}\n')
    plan(sizes=tmp_path / "sizes", out=tmp_path / "plans")
    assert '"kept":true' in (tmp_path / "plans").read_text()
