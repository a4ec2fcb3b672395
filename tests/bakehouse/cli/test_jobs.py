"""`bakehouse jobs`, on a real gateway."""

import json

import pytest

from bakehouse.cli.jobs import jobs, progress_text
from bakehouse.client.values import JobProgress, JobState
from tests.bakehouse.client.gateway_process import GatewayProcess


def test_jobs_are_listed_in_columns(
    named_gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    with named_gateway.client() as client:
        job = client.jobs.create("toy.bake", {"num_items": 1})
    jobs(state=None)
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["JOB", "KIND", "STATE", "PROGRESS", "CREATED"]
    assert rows[0].split()[:3] == [job.id, "toy.bake", "QUEUED"]


def test_jobs_are_listed_as_json(named_gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]) -> None:
    with named_gateway.client() as client:
        job = client.jobs.create("toy.bake", {"num_items": 1})
    jobs(state=JobState.QUEUED, limit=1, as_json=True)
    assert [entry["name"] for entry in json.loads(capsys.readouterr().out)] == [job.name]


@pytest.mark.parametrize(
    ("units", "done", "failed", "hits", "text"),
    [(0, 0, 0, 0, ""), (0, 0, 0, 5, "5 hits"), (2, 3, 0, 0, "3/10"), (2, 3, 1, 4, "3/10, 1 failed")],
)
def test_progress_is_told_in_few_words(units: int, done: int, failed: int, hits: int, text: str) -> None:
    progress = JobProgress(
        planned_units=units,
        done_units=0,
        planned_items=10,
        done_items=done,
        failed_items=failed,
        hit_items=hits,
        remaining_s=None,
    )
    assert progress_text(progress) == text
