"""A pipeline, shown until it is over."""

import json

import pytest

from bakehouse.cli.following import conclusion, follow_pipeline, plan_rows
from bakehouse.client.convert_pipelines import pipeline_of
from bakehouse.v1.pipeline_pb2 import Pipeline
from tests.bakehouse.client.simmering import NAME, done, planned, running


def test_each_state_of_a_stage_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    looks = [pipeline_of(running(0)), pipeline_of(running(3)), pipeline_of(done())]
    assert follow_pipeline(((look, None) for look in looks), as_json=False) == looks[-1]
    shown = capsys.readouterr()
    assert [line.split()[:2] for line in shown.err.splitlines()] == [
        ["captions", "running"],
        ["captions", "succeeded"],
        ["train", "succeeded"],
    ]
    assert shown.out == f"{NAME} SUCCEEDED in 01:20; seed 42; fetch the adapter: bakehouse pull {NAME}\n"


def test_programs_get_a_line_of_json_for_each_look(capsys: pytest.CaptureFixture[str]) -> None:
    looks = [pipeline_of(running()), pipeline_of(done())]
    follow_pipeline(((look, None) for look in looks), as_json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["state"] for line in lines] == ["RUNNING", "SUCCEEDED"]
    assert lines[1]["result"]["seed"] == 42


def test_a_plan_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    follow_pipeline([(pipeline_of(planned()), None)], as_json=False)
    assert [line.split() for line in capsys.readouterr().out.splitlines()][1:] == [
        ["captions", "=", "24", "48"],
        ["texts", "≤", "72", "captions", "come", "first"],
        ["train", "?", "texts", "are", "not", "known"],
    ]


def test_the_rows_of_a_plan() -> None:
    assert plan_rows(pipeline_of(planned()))[1] == ["texts", "≤ 72", "", "captions come first"]
    assert plan_rows(pipeline_of(running())) == []


def test_a_failure_says_where_and_why() -> None:
    message = Pipeline(name=NAME, state=Pipeline.STATE_FAILED)
    message.error.stage, message.error.message = "train", "no such model; name another"
    assert conclusion(pipeline_of(message)) == f"{NAME} FAILED in train: no such model; name another"
    message.error.stage = ""
    assert conclusion(pipeline_of(message)) == f"{NAME} FAILED: no such model; name another"
