"""Pipelines: created, watched, listed, ended."""

from collections.abc import AsyncIterator

from bakehouse.client.pipeline_values import PipelineMode, PipelineState
from bakehouse.client.structs import plain
from bakehouse.errors import ExpiredError, UnavailableError
from bakehouse.v1.event_pb2 import Heartbeat, WatchRequest, WatchResponse
from bakehouse.v1.pipeline_pb2 import (
    CreatePipelineRequest,
    ListPipelinesRequest,
    ListPipelinesResponse,
    Pipeline,
)
from tests.bakehouse.client.simmering import NAME, SERVICE, Simmering, done, running
from tests.bakehouse.client.studio_thread import StudioThread


def test_a_pipeline_is_watched_until_it_is_over(studio: StudioThread) -> None:
    Simmering(running(1), running(5), done()).open(studio)
    with studio.client() as client:
        seen = list(client.pipelines.watch_with_events(NAME))
    assert [pipeline.state for pipeline, _ in seen] == ["RUNNING", "RUNNING", "SUCCEEDED"]
    assert [event.id if event else None for _, event in seen] == [None, "1", "2"]


def test_a_pipeline_is_waited_for(studio: StudioThread) -> None:
    Simmering(running(), running(), done()).open(studio)
    with studio.client() as client:
        assert client.pipelines.wait(NAME).state is PipelineState.SUCCEEDED
        assert [pipeline.state for pipeline in client.pipelines.watch(NAME)] == ["SUCCEEDED"]


def test_a_studio_that_is_away_for_longer_than_a_call_ends_no_watch(studio: StudioThread) -> None:
    Simmering(running(), running(), done()).open(studio)
    with studio.client(timeout_s=0.2) as client:
        watch = client.pipelines.watch(NAME)
        next(watch)
        studio.stop()
        studio.later(1.0, studio.open)
        assert [pipeline.state for pipeline in watch][-1] is PipelineState.SUCCEEDED


def test_events_that_were_lost_end_no_watch(studio: StudioThread) -> None:
    asked: list[str] = []

    async def forgetful(request: WatchRequest, context: object) -> AsyncIterator[WatchResponse]:
        asked.append(request.resume_token)
        if request.resume_token:
            raise ExpiredError("the event stream was lost and made anew since")
        yield WatchResponse(resume_token="1", heartbeat=Heartbeat())
        raise UnavailableError("the server is stopping")

    Simmering(running(), running(), done()).open(studio, watch=forgetful)
    with studio.client() as client:
        assert client.pipelines.wait(NAME).state is PipelineState.SUCCEEDED
    assert asked == ["", "1", "", "1", ""]


def test_what_is_asked_for_arrives(studio: StudioThread) -> None:
    asked: list[CreatePipelineRequest] = []

    async def create(request: CreatePipelineRequest, context: object) -> Pipeline:
        asked.append(request)
        return running()

    studio.answer(f"{SERVICE}CreatePipeline", create)
    studio.open()
    with studio.client() as client:
        made = client.pipelines.create(
            {"training": {"learning_rate": 0.5}}, project="p", mode=PipelineMode.PLAN, fresh="f"
        )
        client.pipelines.create({}, project="p", validate_only=True)
    assert made.name == NAME
    assert plain(asked[0].pipeline.recipe) == {"training": {"learning_rate": "0.5"}}
    assert (asked[0].parent, asked[0].pipeline.mode, asked[0].pipeline.fresh) == ("projects/p", 2, "f")
    assert (asked[0].validate_only, asked[1].validate_only) == (False, True)
    assert "" not in {asked[0].request_id, asked[1].request_id}


def test_all_pages_are_listed(studio: StudioThread) -> None:
    asked: list[ListPipelinesRequest] = []

    async def pages(request: ListPipelinesRequest, context: object) -> ListPipelinesResponse:
        asked.append(request)
        number = int(request.page_token or 0)
        pipeline = Pipeline(name=f"projects/p/pipelines/x{number}", state=Pipeline.STATE_QUEUED)
        return ListPipelinesResponse(
            pipelines=[pipeline], next_page_token=str(number + 1) if number < 2 else ""
        )

    studio.answer(f"{SERVICE}ListPipelines", pages)
    studio.open()
    with studio.client() as client:
        found = client.pipelines.list("p", state=PipelineState.QUEUED, mode=PipelineMode.BAKE)
        assert [pipeline.id for pipeline in found] == ["x0", "x1", "x2"]
    assert (asked[0].state, asked[0].mode) == (Pipeline.STATE_QUEUED, Pipeline.MODE_BAKE)


def test_a_pipeline_is_stopped_and_cancelled(studio: StudioThread) -> None:
    simmering = Simmering(running())
    simmering.open(studio)
    with studio.client() as client:
        assert client.pipelines.stop(NAME).is_stopping
        assert client.pipelines.cancel(NAME, etag="3").state is PipelineState.CANCELLED
    assert simmering.asked == [f"stop {NAME}", f"cancel {NAME} 3"]
