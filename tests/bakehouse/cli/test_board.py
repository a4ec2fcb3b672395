"""The board, on what Rich takes for a terminal."""

import pytest
from rich.console import Console

from bakehouse.cli.board import draw_rows, stage_board
from bakehouse.cli.stage_rows import StageRow

ROWS = [
    StageRow(name="snapshot", state="succeeded", done=3, total=3, rest="in 1 s"),
    StageRow(name="captions", state="running", done=3, total=9, rest="7 s left"),
    StageRow(name="train", state="waiting", done=0, total=0, rest=""),
]


def test_a_board_shows_a_row_for_each_stage() -> None:
    console = Console(width=120, record=True, force_terminal=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(draw_rows("", ROWS))
    lines = captured.get().splitlines()
    assert ["snapshot" in lines[0], "3/9" in lines[1], "7 s left" in lines[1], "waiting" in lines[2]] == [
        True
    ] * 4


def test_the_last_rows_stay(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with stage_board("") as show:
        show(ROWS)
    shown = capsys.readouterr()
    assert ("7 s left" in shown.err, shown.out) == (True, "")
