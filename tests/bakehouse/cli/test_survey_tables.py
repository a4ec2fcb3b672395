import pytest

from bakehouse.cli.survey_tables import put_survey, survey_rows

CATS = {"counts": {"kept": 8, "excluded.too_small": 2, "unknown_size": 1}, "buckets": {"64x64": 8}}
RESULT = {**CATS, "entries": {"cats": CATS}}


def test_totals_are_by_dataset() -> None:
    assert list(survey_rows(RESULT)) == [["cats", "8", "3", "2 too small, 1 unknown size"]]


def test_totals_are_of_all_where_there_are_several() -> None:
    several = {"counts": {"kept": 9}, "entries": {"cats": CATS, "dogs": {"counts": {"kept": 1}}}}
    assert [row[:2] for row in survey_rows(several)] == [["cats", "8"], ["dogs", "1"], ["all", "9"]]


def test_it_says_that_nothing_was_opened(capsys: pytest.CaptureFixture[str]) -> None:
    put_survey(RESULT)
    shown = capsys.readouterr()
    assert "64x64" in shown.out
    assert "no picture was opened" in shown.err


def test_a_survey_of_nothing_is_shown() -> None:
    put_survey({"counts": {}, "buckets": {}, "entries": {}})
