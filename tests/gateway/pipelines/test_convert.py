"""Pipelines as messages."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.jobs.record import JobRecord
from bakehouse.v1.job_pb2 import Job
from bakehouse.v1.pipeline_pb2 import ListPipelinesRequest, Pipeline, PlannedStage
from gateway.pipelines.convert import pipeline_filter, pipeline_id, pipeline_message, pipeline_wish
from gateway.pipelines.forecast import Forecast, Mark
from gateway.pipelines.listing import PipelineFilter
from gateway.pipelines.pipelines import PipelineView
from gateway.pipelines.record import PipelineError, PipelineState
from gateway.pipelines.steps import Mode
from gateway.structs import struct_of
from tests.gateway.bakes import digest, failed, job, jobs, pipeline, planned, recipe, states, table

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STAGES = ("register", "snapshot", "captions", "latents", "texts", "train")


def message_of(found: dict[str, JobRecord], **changes: Any) -> Pipeline:
    view = PipelineView(pipeline=pipeline(**changes), jobs=found, recipe=recipe())
    return pipeline_message(view, now=NOW)


def test_a_wish_is_read() -> None:
    asked = Pipeline(recipe=struct_of(recipe()), mode=Pipeline.MODE_PLAN, fresh="f")
    wish = pipeline_wish(asked)
    assert (wish.recipe, wish.mode, wish.fresh) == (recipe(), Mode.PLAN, "f")
    assert pipeline_wish(Pipeline()).mode is Mode.BAKE


@pytest.mark.parametrize("asked", [Pipeline(mode=9), Pipeline(fresh="x" * 129)])  # type: ignore[arg-type]
def test_a_wish_that_can_not_be_is_refused(asked: Pipeline) -> None:
    with pytest.raises(InvalidInputError, match=r"pipeline\.(mode|fresh)"):
        pipeline_wish(asked)


@pytest.mark.parametrize("text", ["x" * 49, "-x", "X"])
def test_an_id_leaves_room_for_those_of_jobs(text: str) -> None:
    with pytest.raises(InvalidInputError, match="pipeline_id"):
        pipeline_id(text)


def test_filters_are_read() -> None:
    request = ListPipelinesRequest(state=Pipeline.STATE_FAILED, mode=Pipeline.MODE_BAKE)
    assert pipeline_filter(request) == PipelineFilter(state=PipelineState.FAILED, mode=Mode.BAKE)
    assert pipeline_filter(ListPipelinesRequest()) == PipelineFilter()
    for bad in ({"state": 9}, {"mode": 9}):
        with pytest.raises(InvalidInputError):
            pipeline_filter(ListPipelinesRequest(**bad))  # type: ignore[arg-type]


def test_a_bake_that_is_over_shows_all_that_it_gave() -> None:
    over = states(PipelineState.QUEUED, PipelineState.SUCCEEDED)
    message = message_of(jobs(*STAGES), entered=over)
    result, blobs = message.result, "projects/p/blobs/"
    assert (message.name, message.state) == ("projects/p/pipelines/b", Pipeline.STATE_SUCCEEDED)
    assert message.recipe == struct_of(recipe())
    assert result.adapter == blobs + digest("adapter 2")
    assert [(entry.epoch, entry.step, entry.blob) for entry in result.adapters] == [
        (epoch, 5 * epoch, blobs + digest(f"adapter {epoch}")) for epoch in (1, 2)
    ]
    assert (result.losses, result.seed) == (blobs + digest("losses"), "42")
    assert [(entry.prompt, entry.seed) for entry in result.samples] == [("a cake", "7")]
    assert result.metadata["ss_steps"] == "10"
    assert [entry.stage for entry in result.manifests] == list(STAGES[1:5])
    assert result.manifests[0].counts == {"kept": 2}
    assert result.base_model == f"projects/shared/baseModels/{digest('model')}"
    assert message.HasField("end_time")


def test_stages_are_there_before_their_jobs() -> None:
    message = message_of(jobs("register", snapshot=failed("snapshot")))
    assert [stage.name for stage in message.stages] == list(STAGES)
    assert [stage.state for stage in message.stages[:3]] == [
        Job.STATE_SUCCEEDED,
        Job.STATE_FAILED,
        Job.STATE_UNSPECIFIED,
    ]
    assert message.stages[1].error.message == "no more flour"
    assert message.stages[2].job == "projects/p/jobs/b-captions"
    assert not message.HasField("end_time")


def test_a_plan_shows_the_job_that_planned_or_the_one_that_then_ran() -> None:
    found = {
        **jobs("captions"),
        "captions-plan": planned("captions", 0),
        "latents-plan": planned("latents", 2),
    }
    told = Forecast(stage="train", mark=Mark.AT_MOST, planned_items=10, reason="latents computes 2 first")
    view = PipelineView(pipeline=pipeline(mode=Mode.PLAN), jobs=found, recipe=recipe(), forecast=[told])
    message = pipeline_message(view, now=NOW)
    assert [stage.job.rpartition("/")[2] for stage in message.stages[2:5]] == [
        "b-captions",
        "b-latents-plan",
        "b-texts-plan",
    ]
    assert message.result.planned[0] == PlannedStage(
        stage="train", mark=PlannedStage.MARK_AT_MOST, planned_items=10, reason="latents computes 2 first"
    )
    assert message.result.adapter == ""


def test_an_error_names_the_stage() -> None:
    error = PipelineError(stage="train", reason="INVALID_INPUT", message="no such key")
    message = message_of({}, error=error)
    assert (message.error.stage, message.error.code, message.error.message) == ("train", 3, "no such key")


def test_lists_have_neither_recipe_nor_result() -> None:
    message = pipeline_message(PipelineView(pipeline=pipeline(), jobs=jobs("register")), now=NOW)
    assert not message.HasField("recipe")
    assert not message.HasField("result")


def test_a_check_that_failed_is_shown_as_its_stage() -> None:
    checked = failed("train-check", "no such optimizer")
    (*_, train) = message_of({"train-check": checked}).stages
    assert (train.state, train.error.message) == (Job.STATE_FAILED, "no such optimizer")
    assert train.job == "projects/p/jobs/b-train-check"
    (*_, train) = message_of(jobs("train-check")).stages
    assert (train.state, train.job) == (Job.STATE_UNSPECIFIED, "projects/p/jobs/b-train")


def test_pictures_that_are_not_used_are_named() -> None:
    out = {"entry": "pics", "name": "a.png", "reason": "failed.broken", "detail": "it is cut off"}
    found = jobs("snapshot")
    result: dict[str, Any] = {**table("snapshot"), "set_aside": [out]}
    (manifest,) = message_of({"snapshot": replace(found["snapshot"], result=result)}).result.manifests
    (shown,) = manifest.set_aside
    assert (shown.dataset, shown.name, shown.reason, shown.detail) == tuple(out.values())


def test_what_an_ingest_found_is_shown() -> None:
    result = {"listings": {"pics": digest("pics")}, "found": ["dataset pics: 10_cat: repeats: 9"]}
    message = message_of(jobs("register", ingest=job("ingest", result=result)))
    assert list(message.result.found) == ["dataset pics: 10_cat: repeats: 9"]
