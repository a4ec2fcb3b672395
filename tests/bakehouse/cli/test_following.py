"""A pipeline, shown until it is over."""

import json
from datetime import UTC, datetime

import pytest

from bakehouse.cli.following import conclusion, follow_pipeline, found_lines, plan_rows, set_aside_lines
from bakehouse.client.convert_pipelines import pipeline_of
from bakehouse.client.values import Event
from bakehouse.v1.pipeline_pb2 import Pipeline
from tests.bakehouse.client.simmering import NAME, done, planned, running


def test_each_state_of_a_stage_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    looks = [pipeline_of(running(0)), pipeline_of(running(3)), pipeline_of(done())]
    assert follow_pipeline(((look, None) for look in looks), as_json=False) == looks[-1]
    shown = capsys.readouterr()
    assert [line.split()[:2] for line in shown.err.splitlines()] == [
        ["captions", "running"],
        ["captions", "succeeded"],
        ["train", "succeeded,"],
    ]
    assert shown.out == f"{NAME} SUCCEEDED in 1 min 20 s; seed 42; fetch the adapter: bakehouse pull {NAME}\n"


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


def test_a_pipeline_of_the_default_project_is_named_by_its_id() -> None:
    message = Pipeline(name="projects/default/pipelines/x", state=Pipeline.STATE_CANCELLED)
    assert conclusion(pipeline_of(message)) == "x CANCELLED"


def test_a_stop_is_told() -> None:
    message = done()
    message.stop_requested = True
    assert "SUCCEEDED in 1 min 20 s, stopped early; seed 42;" in conclusion(pipeline_of(message))


def left_out(num: int, **counts: int) -> Pipeline:
    message = done()
    (manifest,) = message.result.manifests
    for reason, number in counts.items():
        manifest.counts[reason.replace("__", ".")] = number
    for number in range(num):
        manifest.set_aside.add(
            dataset="pics",
            name=f"{number}.png",
            reason="failed.broken",
            detail="it is cut off; save it again",
        )
    return message


def test_pictures_that_are_not_used_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    message = left_out(2, failed__broken=2, excluded__too_small=0)
    follow_pipeline([(pipeline_of(message), None)], as_json=False)
    assert capsys.readouterr().err.splitlines()[-3:] == [
        "2 of 5 pictures not used (2 broken):",
        "  pics/0.png: it is cut off; save it again",
        "  pics/1.png: it is cut off; save it again",
    ]


def test_of_many_that_are_not_used_some_are_named() -> None:
    lines = list(set_aside_lines(pipeline_of(left_out(20, failed__broken=30, excluded__too_small=4))))
    assert lines[0] == "34 of 37 pictures not used (4 too small, 30 broken):"
    assert (len(lines), lines[-1]) == (12, "  and 24 more")


def test_caption_files_that_can_not_be_read_are_told() -> None:
    assert (
        next(set_aside_lines(pipeline_of(left_out(1, captions__failed=1)))) == "1 caption files not readable:"
    )


def test_where_all_is_used_nothing_is_said() -> None:
    assert list(set_aside_lines(pipeline_of(done()))) == []


def test_what_a_stage_waits_for_is_a_line_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    event = Event(
        id="1",
        type="bakehouse.job.waiting",
        subject="projects/p/jobs/x-captions",
        time=datetime(2026, 1, 2, tzinfo=UTC),
        data={"reason": "the store is full; free some"},
        resume_token="t",
    )
    looks = [(pipeline_of(running()), None), (pipeline_of(running()), event), (pipeline_of(done()), None)]
    follow_pipeline(looks, as_json=False)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        "captions running 3/9",
        "captions running 3/9",
        "captions succeeded 9/9",
        "train succeeded",
    ]
    assert lines[1].endswith("waits: the store is full; free some")


def test_what_was_found_of_sources_is_told() -> None:
    message = done()
    message.result.found.append("dataset cats: 10_cat: repeats: 9")
    assert found_lines(pipeline_of(message)) == ("dataset cats: 10_cat: repeats: 9",)
    assert found_lines(pipeline_of(done())) == ()
