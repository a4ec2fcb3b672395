"""What is known of a pipeline by its values."""

import pytest

from bakehouse.client.convert_pipelines import pipeline_of
from bakehouse.client.pipeline_values import PipelineState
from tests.bakehouse.client.simmering import running


@pytest.mark.parametrize("state", PipelineState)
def test_the_last_three_states_are_final(state: PipelineState) -> None:
    assert state.is_final == (state in {"SUCCEEDED", "FAILED", "CANCELLED"})


def test_a_stage_is_found_by_its_name() -> None:
    pipeline = pipeline_of(running())
    train = pipeline.stage("train")
    assert train is not None
    assert train.job == "projects/p/jobs/x-train"
    assert pipeline.stage("texts") is None
