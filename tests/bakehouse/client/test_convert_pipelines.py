"""Pipelines: from messages to values."""

from bakehouse.client.convert_pipelines import mode_message, pipeline_of, state_message
from bakehouse.client.pipeline_values import Mark, PipelineMode, PipelineState
from bakehouse.client.values import JobState
from bakehouse.v1.pipeline_pb2 import Pipeline
from tests.bakehouse.client.simmering import DIGESTS, NAME, done, planned, running


def test_a_pipeline_at_work() -> None:
    pipeline = pipeline_of(running())
    captions, train = pipeline.stages
    assert (pipeline.name, pipeline.id, pipeline.project) == (NAME, "x", "p")
    assert (pipeline.state, pipeline.end_time, pipeline.result) == (PipelineState.RUNNING, None, None)
    assert captions.progress is not None
    assert (captions.state, captions.progress.done_items) == (JobState.RUNNING, 3)
    assert (train.state, train.progress, train.create_time) == (None, None, None)


def test_what_a_pipeline_gave() -> None:
    pipeline = pipeline_of(done())
    result = pipeline.result
    assert result is not None
    assert (result.adapter, result.losses, result.base_model) == (DIGESTS[2], DIGESTS[3], DIGESTS[7])
    assert [(export.epoch, export.digest) for export in result.adapters] == [(1, DIGESTS[1]), (2, DIGESTS[2])]
    assert (result.seed, result.samples[0].seed) == (42, 2**60)  # a float would lose the end of it
    manifest = result.manifest("snapshot")
    assert manifest is not None
    assert (manifest.blob, manifest.counts) == (DIGESTS[5], {"kept": 3})
    assert result.manifest("texts") is None


def test_a_plan() -> None:
    pipeline = pipeline_of(planned())
    assert pipeline.result is not None
    assert pipeline.mode is PipelineMode.PLAN
    assert [(p.stage, p.planned_items, p.mark) for p in pipeline.result.planned] == [
        ("captions", 24, Mark.EXACT),
        ("texts", 72, Mark.AT_MOST),
        ("train", 0, Mark.UNKNOWN),
    ]


def test_an_error() -> None:
    message = Pipeline(name=NAME, state=Pipeline.STATE_FAILED)
    message.error.stage, message.error.message, message.error.reason = "train", "no", "INVALID_INPUT"
    error = pipeline_of(message).error
    assert error is not None
    assert (error.stage, error.message, error.reason) == ("train", "no", "INVALID_INPUT")


def test_states_and_modes_are_all_known() -> None:
    assert {state_message(state) for state in PipelineState} == set(Pipeline.State.values()) - {0}
    assert {mode_message(mode) for mode in PipelineMode} == set(Pipeline.Mode.values()) - {0}
