"""What a pipeline gave becomes a file, under the name that kohya gives it."""

from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.client.client import Client
from bakehouse.client.convert_pipelines import pipeline_of
from bakehouse.client.pipeline_values import AdapterExport, Pipeline
from bakehouse.client.pulling import adapter_name, pull_adapter, run_name
from bakehouse.errors import NotFoundError, StateError
from tests.bakehouse.client.simmering import done, running


@pytest.fixture
def pipeline(client: Client) -> Pipeline:
    """One whose adapters are blobs of the gateway."""
    first, last = (client.uploads.send(data) for data in (b"first", b"last"))
    pipeline = pipeline_of(done())
    assert pipeline.result is not None
    adapters = (AdapterExport(epoch=1, step=5, digest=first), AdapterExport(epoch=2, step=9, digest=last))
    result = replace(pipeline.result, adapter=last, adapters=adapters)
    return replace(pipeline, name="projects/default/pipelines/x", result=result)


def test_the_last_adapter_is_pulled(client: Client, pipeline: Pipeline, tmp_path: Path) -> None:
    path = pull_adapter(client.blobs, pipeline, tmp_path / "new" / "folder")
    assert (path, path.read_bytes()) == (tmp_path / "new" / "folder" / "zob_kin.safetensors", b"last")


def test_the_adapter_of_an_epoch_is_pulled(client: Client, pipeline: Pipeline, tmp_path: Path) -> None:
    path = pull_adapter(client.blobs, pipeline, tmp_path, epoch=1)
    assert (path.name, path.read_bytes()) == ("zob_kin-000001.safetensors", b"first")


def test_an_epoch_that_was_not_kept_is_said_with_those_that_were(
    client: Client, pipeline: Pipeline, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError, match="epoch 7; choose from 1, 2"):
        pull_adapter(client.blobs, pipeline, tmp_path, epoch=7)


def test_before_its_end_there_is_none(client: Client, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="RUNNING and has no adapter; wait for it"):
        pull_adapter(client.blobs, pipeline_of(running()), tmp_path)


def test_while_it_trains_there_are_those_of_epochs(client: Client, tmp_path: Path) -> None:
    at_work = replace(pipeline_of(running()), name="projects/default/pipelines/x")
    exported = (AdapterExport(epoch=1, step=5, digest=client.uploads.send(b"first")),)
    path = pull_adapter(client.blobs, at_work, tmp_path, epoch=1, exported=exported)
    assert (path.name, path.read_bytes()) == ("last-000001.safetensors", b"first")
    with pytest.raises(StateError, match="has no adapter after epoch 2; by now it has those after epoch 1"):
        pull_adapter(client.blobs, at_work, tmp_path, epoch=2, exported=exported)
    with pytest.raises(StateError, match="has no adapter; by now it has those after epoch 1"):
        pull_adapter(client.blobs, at_work, tmp_path, exported=exported)


def test_the_training_run_of_a_pipeline() -> None:
    assert run_name(pipeline_of(done())) == "projects/p/trainingRuns/x-train"
    assert run_name(pipeline_of(running())) is None  # it was not started


def test_without_a_name_it_is_called_as_kohya_does(pipeline: Pipeline) -> None:
    assert adapter_name(replace(pipeline, recipe=None)) == "last"
    assert adapter_name(replace(pipeline, recipe={"training": {"output_name": "../.."}})) == "_"
