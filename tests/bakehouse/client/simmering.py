"""A pipeline on a studio of a test's own."""

from collections.abc import AsyncIterator

from bakehouse.v1.event_pb2 import Event, Heartbeat, WatchRequest, WatchResponse
from bakehouse.v1.job_pb2 import Job, JobProgress
from bakehouse.v1.pipeline_pb2 import (
    AdapterExport,
    CancelPipelineRequest,
    GetPipelineRequest,
    Pipeline,
    PipelineResult,
    PipelineStage,
    PlannedStage,
    StageManifest,
    StopPipelineRequest,
    TrainingSample,
)
from tests.bakehouse.client.baking import Watch
from tests.bakehouse.client.studio_thread import StudioThread

NAME = "projects/p/pipelines/x"
DIGESTS = [f"{number:064x}" for number in range(10)]
BLOB = "projects/p/blobs/"
SERVICE = "/bakehouse.v1.PipelineService/"


def running(done: int = 3) -> Pipeline:
    """A pipeline that captions 9 pictures and then trains."""
    progress = JobProgress(planned_units=2, planned_items=9, done_items=done, hit_items=1)
    progress.remaining_duration.FromSeconds(7)
    stages = [
        PipelineStage(
            name="captions", job="projects/p/jobs/x-captions", state=Job.STATE_RUNNING, progress=progress
        ),
        PipelineStage(name="train", job="projects/p/jobs/x-train"),
    ]
    stages[0].create_time.FromSeconds(1_000_000)
    pipeline = Pipeline(name=NAME, state=Pipeline.STATE_RUNNING, mode=Pipeline.MODE_BAKE, stages=stages)
    pipeline.create_time.FromSeconds(1_000_000)
    return pipeline


def done() -> Pipeline:
    """The same when it is over, with all that it gave."""
    pipeline = running(9)
    pipeline.state = Pipeline.STATE_SUCCEEDED
    pipeline.end_time.FromSeconds(1_000_080)
    for stage in pipeline.stages:
        stage.state = Job.STATE_SUCCEEDED
        stage.create_time.FromSeconds(1_000_000)
        stage.end_time.FromSeconds(1_000_004)
    pipeline.recipe.update({"training": {"output_name": "zob/kin"}})
    pipeline.result.CopyFrom(
        PipelineResult(
            adapter=BLOB + DIGESTS[2],
            adapters=[
                AdapterExport(epoch=1, step=5, blob=BLOB + DIGESTS[1]),
                AdapterExport(epoch=2, step=10, blob=BLOB + DIGESTS[2]),
            ],
            losses=BLOB + DIGESTS[3],
            samples=[TrainingSample(epoch=0, prompt="a", seed=str(2**60), blob=BLOB + DIGESTS[4])],
            seed="42",
            manifests=[
                StageManifest(
                    stage="snapshot", blob=BLOB + DIGESTS[5], content=DIGESTS[6], counts={"kept": 3}
                )
            ],
            base_model="projects/shared/baseModels/" + DIGESTS[7],
        )
    )
    return pipeline


def planned() -> Pipeline:
    """A plan."""
    pipeline = Pipeline(name=NAME, state=Pipeline.STATE_SUCCEEDED, mode=Pipeline.MODE_PLAN)
    pipeline.create_time.FromSeconds(1_000_000)
    marks = PlannedStage
    pipeline.result.planned.extend(
        [
            PlannedStage(stage="captions", planned_items=24, hit_items=48, mark=marks.MARK_EXACT),
            PlannedStage(
                stage="texts", planned_items=72, mark=marks.MARK_AT_MOST, reason="captions come first"
            ),
            PlannedStage(stage="train", mark=marks.MARK_UNKNOWN, reason="texts are not known"),
        ]
    )
    return pipeline


class Simmering:
    """A pipeline that is one look further each time it is read. Its watch has an event between two looks."""

    def __init__(self, *looks: Pipeline) -> None:
        self._looks = list(looks)
        self.asked: list[str] = []

    def open(self, studio: StudioThread, *, watch: Watch | None = None) -> None:
        studio.answer(f"{SERVICE}GetPipeline", self._get)
        studio.answer(f"{SERVICE}CancelPipeline", self._cancel)
        studio.answer(f"{SERVICE}StopPipeline", self._stop)
        studio.answer("/bakehouse.v1.EventService/Watch", watch or self._watch)
        studio.open()

    async def _get(self, request: GetPipelineRequest, context: object) -> Pipeline:
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]

    async def _cancel(self, request: CancelPipelineRequest, context: object) -> Pipeline:
        self.asked.append(f"cancel {request.name} {request.etag}".strip())
        return Pipeline(name=request.name, state=Pipeline.STATE_CANCELLED)

    async def _stop(self, request: StopPipelineRequest, context: object) -> Pipeline:
        self.asked.append(f"stop {request.name}")
        return Pipeline(name=request.name, state=Pipeline.STATE_RUNNING, stop_requested=True)

    async def _watch(self, request: WatchRequest, context: object) -> AsyncIterator[WatchResponse]:
        yield WatchResponse(resume_token="0", heartbeat=Heartbeat())
        for number in range(1, 10):
            event = Event(id=str(number), type="bakehouse.job.progress", subject="projects/p/jobs/x-train")
            event.data.update({"step": number, "num_steps": 10, "loss": "0.5"})
            event.time.FromSeconds(1_000_000 + number)
            yield WatchResponse(resume_token=str(number), event=event)
