"""`bakehouse ls`, `stop` and `pull`."""

import json
from pathlib import Path

import pytest

from bakehouse.cli.pipelines import ls, pull, stop
from bakehouse.errors import StateError
from bakehouse.v1.pipeline_pb2 import ListPipelinesRequest, ListPipelinesResponse
from tests.bakehouse.client.simmering import NAME, SERVICE, Simmering, done, running
from tests.bakehouse.client.studio_thread import StudioThread


async def both(request: ListPipelinesRequest, context: object) -> ListPipelinesResponse:
    return ListPipelinesResponse(pipelines=[running(), done()])


def test_pipelines_are_listed_in_columns(studio: StudioThread, capsys: pytest.CaptureFixture[str]) -> None:
    studio.answer(f"{SERVICE}ListPipelines", both)
    studio.open()
    ls(project="p")
    header, first, second = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert header == ["PIPELINE", "MODE", "STATE", "STAGE", "CREATED", "TOOK"]
    assert first[:4] == ["x", "bake", "RUNNING", "captions"]
    assert (second[:3], second[-1]) == (["x", "bake", "SUCCEEDED"], "01:20")


def test_pipelines_are_listed_as_json(studio: StudioThread, capsys: pytest.CaptureFixture[str]) -> None:
    studio.answer(f"{SERVICE}ListPipelines", both)
    studio.open()
    ls(project="p", limit=1, as_json=True)
    assert [entry["name"] for entry in json.loads(capsys.readouterr().out)] == [NAME]


def test_training_is_stopped(studio: StudioThread, capsys: pytest.CaptureFixture[str]) -> None:
    Simmering(running()).open(studio)
    stop("x", project="p")
    assert capsys.readouterr().out == f"{NAME} is stopping\n"


def test_what_is_not_there_yet_can_not_be_pulled(studio: StudioThread, tmp_path: Path) -> None:
    Simmering(running()).open(studio)
    with pytest.raises(StateError, match="has no adapter"):
        pull("x", tmp_path, project="p")
