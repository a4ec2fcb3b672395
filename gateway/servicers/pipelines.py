"""bakehouse.v1.PipelineService."""

from datetime import UTC, datetime

from typing_extensions import override

from bakehouse.rpc.call import Context
from bakehouse.v1.pipeline_pb2 import (
    CancelPipelineRequest,
    CreatePipelineRequest,
    GetPipelineRequest,
    ListPipelinesRequest,
    ListPipelinesResponse,
    Pipeline,
    StopPipelineRequest,
)
from bakehouse.v1.pipeline_pb2_grpc import PipelineServiceServicer
from gateway import convert
from gateway.pages import PageWish
from gateway.pipelines import convert as convert_pipelines
from gateway.pipelines.pipelines import Pipelines, PipelineView


class PipelineServicer(PipelineServiceServicer):
    """Pipelines over gRPC."""

    def __init__(self, pipelines: Pipelines) -> None:
        self._pipelines = pipelines

    @override
    async def CreatePipeline(self, request: CreatePipelineRequest, context: Context) -> Pipeline:
        asking = convert.asking(request.request_id, validate_only=request.validate_only)
        view = await self._pipelines.create(
            convert.project_of(request.parent, field="parent"),
            convert_pipelines.pipeline_id(request.pipeline_id),
            convert_pipelines.pipeline_wish(request.pipeline),
            asking,
        )
        return _message(view)

    @override
    async def GetPipeline(self, request: GetPipelineRequest, context: Context) -> Pipeline:
        name = convert_pipelines.pipeline_of(request.name)
        return _message(await self._pipelines.get(name.project, name.id))

    @override
    async def ListPipelines(self, request: ListPipelinesRequest, context: Context) -> ListPipelinesResponse:
        project = convert.project_of(request.parent, field="parent")
        wanted = PageWish(size=request.page_size, token=request.page_token)
        page = await self._pipelines.page(project, convert_pipelines.pipeline_filter(request), wanted)
        return ListPipelinesResponse(pipelines=map(_message, page.entries), next_page_token=page.next)

    @override
    async def CancelPipeline(self, request: CancelPipelineRequest, context: Context) -> Pipeline:
        name = convert_pipelines.pipeline_of(request.name)
        view = await self._pipelines.cancel(
            name.project, name.id, etag=request.etag, validate_only=request.validate_only
        )
        return _message(view)

    @override
    async def StopPipeline(self, request: StopPipelineRequest, context: Context) -> Pipeline:
        name = convert_pipelines.pipeline_of(request.name)
        view = await self._pipelines.stop(name.project, name.id, validate_only=request.validate_only)
        return _message(view)


def _message(view: PipelineView) -> Pipeline:
    return convert_pipelines.pipeline_message(view, now=datetime.now(UTC))
