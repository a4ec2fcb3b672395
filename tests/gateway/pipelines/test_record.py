"""Records of pipelines, and the ids of their jobs."""

from dataclasses import replace

import pytest

from bakehouse.errors import CorruptionError, StateError
from bakehouse.ids import parse_id
from gateway.pipelines.record import (
    MAX_PIPELINE_ID,
    PipelineError,
    PipelineState,
    decode_pipeline,
    entered,
    pipeline_of_job,
    slots_of,
)
from gateway.pipelines.steps import Mode
from tests.gateway.bakes import pipeline, states

FINAL = [PipelineState.SUCCEEDED, PipelineState.FAILED, PipelineState.CANCELLED]


def test_a_record_comes_back_as_it_was() -> None:
    error = PipelineError(stage="train", reason="CONFIG", message="no")
    kept = pipeline(mode=Mode.PLAN, fresh="f", stop_requested=True, error=error)
    assert decode_pipeline(kept.resource) == kept


def test_a_damaged_record_is_said_to_be_one() -> None:
    with pytest.raises(CorruptionError, match="record of pipeline b"):
        decode_pipeline(replace(pipeline().resource, body={"mode": "FRY"}))


@pytest.mark.parametrize("final", FINAL)
def test_nothing_follows_the_end(final: PipelineState) -> None:
    over = entered(pipeline().body, final, time="t")
    for state in PipelineState:
        with pytest.raises(StateError):
            entered(over, state, time="t")


def test_it_is_settled_when_everybody_was_told() -> None:
    body = pipeline(entered=states(PipelineState.QUEUED, PipelineState.FAILED), num_announced=1).body
    assert (body.is_settled, replace(body, num_announced=2).is_settled) == (False, True)
    assert not replace(pipeline().body, num_announced=1).is_settled


def test_only_what_costs_something_is_planned_before() -> None:
    assert slots_of(("snapshot", "latents"), Mode.BAKE) == ("snapshot", "latents")
    assert slots_of(("snapshot", "latents"), Mode.PLAN) == ("snapshot", "latents", "latents-plan")


@pytest.mark.parametrize("name", ["b", "b-plan", "b-texts", "b-texts-plan", "b" * MAX_PIPELINE_ID])
def test_a_job_tells_its_pipeline_and_no_two_slots_share_an_id(name: str) -> None:
    kept = pipeline(name, mode=Mode.PLAN)
    for slot in kept.slots:
        assert parse_id(kept.job_id(slot), field="job") == kept.job_id(slot)
        assert pipeline_of_job(kept.job_id(slot), kept.request_of(slot)) == name
        assert pipeline_of_job(kept.job_id(slot), "somebody's own") == ""


def test_ids_of_different_pipelines_do_not_meet() -> None:
    names = ["b", "b-plan", "b-texts", "b-texts-plan", "b-train"]
    ids = [
        pipeline(name, mode=Mode.PLAN).job_id(slot)
        for name in names
        for slot in pipeline(mode=Mode.PLAN).slots
    ]
    assert len(ids) == len(set(ids))
