"""A pipeline as rows: how far each stage is, and how long it takes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bakehouse.cli.stage_rows import StageRow, StageRows
from bakehouse.client import values
from bakehouse.client.convert_pipelines import pipeline_of
from bakehouse.v1.job_pb2 import Job, JobProgress
from bakehouse.v1.pipeline_pb2 import Pipeline
from tests.bakehouse.client.simmering import done, running

START = datetime(2026, 1, 2, tzinfo=UTC)


def step(number: int, *, at_s: float) -> values.Event:
    return values.Event(
        id=str(number),
        type="bakehouse.job.progress",
        subject="projects/p/jobs/x-train",
        time=START + timedelta(seconds=at_s),
        data={"step": number, "num_steps": 100, "loss": "0.25"},
        resume_token="t",
    )


def test_a_stage_says_what_is_done_there_and_left() -> None:
    captions, train = StageRows().take(pipeline_of(running()), None)
    assert (captions.name, captions.state, captions.done, captions.total) == ("captions", "running", 3, 9)
    assert captions.rest == "1 there already, 7 s left"
    assert train == StageRow(name="train", state="waiting", done=0, total=0, rest="")


def test_a_stage_that_is_over_says_how_long_it_took() -> None:
    captions, _ = StageRows().take(pipeline_of(done()), None)
    assert captions.line == "captions succeeded 9/9, 1 there already, in 4 s"


def training() -> StageRow:
    message = running()
    train = message.stages[1]
    train.state = Job.STATE_RUNNING
    train.progress.CopyFrom(JobProgress(planned_units=1, planned_items=100))
    pipeline, rows = pipeline_of(message), StageRows()
    for number, at_s in ((10, 0.0), (20, 5.0), (30, 10.0)):
        *_, row = rows.take(pipeline, step(number, at_s=at_s))
    return row


def test_training_is_told_by_its_steps() -> None:
    row = training()
    assert (row.done, row.total) == (30, 100)
    assert row.rest.startswith("loss 0.25, 35 s left")


def test_a_run_that_goes_on_from_its_checkpoint_has_a_new_pace() -> None:
    message = running()
    message.stages[1].state = Job.STATE_RUNNING
    message.stages[1].progress.CopyFrom(JobProgress(planned_units=1, planned_items=100))
    pipeline, rows = pipeline_of(message), StageRows()
    for number, at_s in ((50, 0.0), (60, 10.0), (55, 20.0), (65, 25.0)):
        *_, row = rows.take(pipeline, step(number, at_s=at_s))
    assert row.rest.startswith("loss 0.25, 18 s left")


def test_a_stage_that_is_only_planned_says_what_it_would_compute() -> None:
    message = done()
    message.mode = Pipeline.MODE_PLAN
    captions = message.stages[0]
    captions.job += "-plan"
    captions.progress.done_items = 0
    row, _ = StageRows().take(pipeline_of(message), None)
    assert row.line == "captions planned, 9 to compute, 1 there already"


def test_a_training_that_is_stopped_says_how_far_it_came() -> None:
    message = running()
    message.stop_requested = True
    train = message.stages[1]
    train.state = Job.STATE_RUNNING
    train.progress.CopyFrom(JobProgress(planned_units=1, planned_items=100))
    _, row = StageRows().take(pipeline_of(message), None)
    assert row.state == "stopping"
    message = done()
    message.stop_requested = True
    message.stages[1].progress.CopyFrom(JobProgress(planned_units=1, planned_items=100, done_items=100))
    _, row = StageRows().take(pipeline_of(message), None)
    assert row.line == "train succeeded 10/100, stopped early, in 4 s"


def waiting(reason: str = "the store is full; free some") -> values.Event:
    return replace(
        step(0, at_s=0),
        type="bakehouse.job.waiting",
        subject="projects/p/jobs/x-captions",
        data={"reason": reason},
    )


def test_what_a_stage_waits_for_is_told_until_it_goes_on() -> None:
    rows, pipeline = StageRows(), pipeline_of(running())
    captions, _ = rows.take(pipeline, waiting())
    assert captions.trouble == "waits: the store is full; free some"
    assert captions.line.endswith("7 s left, waits: the store is full; free some")
    captions, _ = rows.take(pipeline, step(1, at_s=1))  # another stage's
    assert captions.trouble
    captions, _ = rows.take(pipeline, replace(waiting(), type="bakehouse.job.progress"))
    assert captions.trouble == ""


def test_a_stage_that_is_over_waits_for_nothing() -> None:
    captions, _ = StageRows().take(pipeline_of(done()), waiting())
    assert captions.trouble == ""
