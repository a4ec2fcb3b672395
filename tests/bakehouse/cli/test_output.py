"""What is printed where."""

import json
from datetime import UTC, datetime

import pytest

from bakehouse.cli.output import duration_text, put_json, put_table, remark
from bakehouse.client.values import Event


def test_a_column_is_as_wide_as_its_widest_cell(capsys: pytest.CaptureFixture[str]) -> None:
    put_table(["A", "B"], [["long-name", "1"], ["x", ""]])
    assert capsys.readouterr().out == "A          B\nlong-name  1\nx\n"


def test_values_are_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    time = datetime(2026, 1, 2, tzinfo=UTC)
    put_json(Event(id="1", type="t", subject="s", time=time, data={"n": 1}, resume_token="r"))
    shown = json.loads(capsys.readouterr().out)
    assert (shown["time"], shown["data"]) == ("2026-01-02T00:00:00+00:00", {"n": 1})


def test_remarks_are_no_data(capsys: pytest.CaptureFixture[str]) -> None:
    remark("by the way")
    assert tuple(capsys.readouterr()) == ("", "by the way\n")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.4, "4 s"), (59.7, "1 min 0 s"), (200, "3 min 20 s"), (3800, "1 h 3 min"), (90_000, "1 d 1 h")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
