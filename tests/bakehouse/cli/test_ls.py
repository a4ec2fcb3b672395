"""`bakehouse ls`."""

import json

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from bakehouse.cli.ls import What, ls
from bakehouse.v1 import artifact_pb2 as pb
from bakehouse.v1.job_pb2 import Job, JobProgress
from bakehouse.v1.pipeline_pb2 import AdapterExport, ListPipelinesRequest, ListPipelinesResponse
from tests.bakehouse.client.gateway_process import GatewayProcess
from tests.bakehouse.client.simmering import BLOB, DIGESTS, NAME, SERVICE, done, running
from tests.bakehouse.client.studio_thread import StudioThread

TIME = Timestamp(seconds=1_000_000)
ARTIFACTS = "/bakehouse.v1.ArtifactService/"
PAGES = {
    What.DATASETS: (
        "ListDatasets",
        pb.ListDatasetsResponse(
            datasets=[
                pb.Dataset(
                    name="projects/p/datasets/pics",
                    listing=BLOB + DIGESTS[1],
                    pipeline=NAME,
                    update_time=TIME,
                )
            ]
        ),
        "pics x",
    ),
    What.SNAPSHOTS: (
        "ListSnapshots",
        pb.ListSnapshotsResponse(
            snapshots=[
                pb.Snapshot(
                    name="projects/p/snapshots/" + "a" * 64,
                    manifest=BLOB + DIGESTS[1],
                    counts={"kept": 24, "captions": 20, "failed.broken": 2, "excluded.too_small": 1},
                    create_time=TIME,
                )
            ]
        ),
        "aaaaaaaaaaaa 24 3",
    ),
    What.MODELS: (
        "ListBaseModels",
        pb.ListBaseModelsResponse(
            base_models=[
                pb.BaseModel(
                    name="projects/shared/baseModels/" + "b" * 64,
                    family="sd15",
                    layout="single",
                    listing="projects/shared/blobs/" + DIGESTS[1],
                    alignment=64,
                    create_time=TIME,
                )
            ]
        ),
        "bbbbbbbbbbbb sd15 single 64 px",
    ),
    What.RUNS: (
        "ListTrainingRuns",
        pb.ListTrainingRunsResponse(
            training_runs=[
                pb.TrainingRun(
                    name="projects/p/trainingRuns/x-train",
                    pipeline=NAME,
                    state=Job.STATE_SUCCEEDED,
                    progress=JobProgress(planned_units=1, planned_items=40, done_items=40),
                    seed="7",
                    create_time=TIME,
                    end_time=Timestamp(seconds=1_000_200),
                )
            ]
        ),
        "x-train SUCCEEDED 40/40 7",
    ),
    What.ADAPTERS: (
        "ListAdapters",
        pb.ListAdaptersResponse(
            adapters=[
                pb.Adapter(
                    name="projects/p/adapters/" + "c" * 64,
                    blob=BLOB + DIGESTS[1],
                    training_run="projects/p/trainingRuns/x-train",
                    epoch=2,
                    step=10,
                    is_last=True,
                    create_time=TIME,
                )
            ]
        ),
        "cccccccccccc 2 10 last",
    ),
}


async def both(request: ListPipelinesRequest, context: object) -> ListPipelinesResponse:
    return ListPipelinesResponse(pipelines=[running(), done()])


def test_pipelines_are_listed_in_columns(studio: StudioThread, capsys: pytest.CaptureFixture[str]) -> None:
    studio.answer(f"{SERVICE}ListPipelines", both)
    studio.open()
    ls(project="p")
    header, first, second = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert header == ["PIPELINE", "MODE", "STATE", "STAGE", "CREATED", "TOOK"]
    assert first[:4] == ["x", "bake", "RUNNING", "captions"]
    assert (second[:3], second[-4:]) == (["x", "bake", "SUCCEEDED"], ["1", "min", "20", "s"])


def test_pipelines_are_listed_as_json(studio: StudioThread, capsys: pytest.CaptureFixture[str]) -> None:
    studio.answer(f"{SERVICE}ListPipelines", both)
    studio.open()
    ls(project="p", limit=1, as_json=True)
    assert [entry["name"] for entry in json.loads(capsys.readouterr().out)] == [NAME]


@pytest.mark.parametrize("what", PAGES)
def test_what_pipelines_made_is_listed(
    studio: StudioThread, capsys: pytest.CaptureFixture[str], what: What
) -> None:
    method, page, expected = PAGES[what]

    async def answer(request: object, context: object) -> object:
        return page

    studio.answer(ARTIFACTS + method, answer)
    studio.open()
    ls(what, project="p")
    _, line = capsys.readouterr().out.splitlines()
    assert " ".join(line.split()).startswith(expected)
    ls(what, project="p", as_json=True)
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["name"].startswith("projects/")


def test_where_nothing_is_the_other_projects_are_named(
    named_gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    with named_gateway.client() as client:
        client.projects.create("somewhere-else")
    ls()
    said = capsys.readouterr().err
    assert said.startswith("Nothing in project default; there are default, ")
    assert "somewhere-else" in said
    ls(What.PROJECTS)
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert (listed[0], "somewhere-else" in listed) == ("PROJECT", True)


def test_a_run_whose_steps_were_there_already_has_all_of_them(
    studio: StudioThread, capsys: pytest.CaptureFixture[str]
) -> None:
    run = pb.TrainingRun(
        name="projects/p/trainingRuns/x-train",
        pipeline=NAME,
        state=Job.STATE_SUCCEEDED,
        progress=JobProgress(hit_items=40),
        adapters=[AdapterExport(epoch=2, step=40, blob=BLOB + DIGESTS[1])],
        create_time=TIME,
    )

    async def answer(request: object, context: object) -> object:
        return pb.ListTrainingRunsResponse(training_runs=[run])

    studio.answer(f"{ARTIFACTS}ListTrainingRuns", answer)
    studio.open()
    ls(What.RUNS, project="p")
    assert " ".join(capsys.readouterr().out.splitlines()[1].split()).startswith("x-train SUCCEEDED 40/40")
