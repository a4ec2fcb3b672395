"""The progress bar, on what Rich takes for a terminal."""

import pytest

from bakehouse.cli.bar import job_bar
from bakehouse.client.convert import job_of
from bakehouse.v1.job_pb2 import Job, JobProgress


def test_a_bar_shows_state_counts_and_the_time_that_is_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    progress = JobProgress(planned_units=2, planned_items=9, done_items=3)
    progress.remaining_duration.FromSeconds(7)
    with job_bar() as show:
        show(job_of(Job(state=Job.STATE_RUNNING, progress=progress)))
    shown = capsys.readouterr()
    assert [word in shown.err for word in ("RUNNING", "3/9", "7 s left")] == [True, True, True]
    assert shown.out == ""
