"""bakehouse.v1.ArtifactService."""

from datetime import UTC, datetime

from typing_extensions import override

from bakehouse.rpc.call import Context
from bakehouse.rpc.names import ADAPTERS, BASE_MODELS, DATASETS, SNAPSHOTS, TRAINING_RUNS, parse_name
from bakehouse.v1 import artifact_pb2 as pb
from bakehouse.v1.artifact_pb2_grpc import ArtifactServiceServicer
from gateway import convert
from gateway.artifacts import convert as convert_artifacts
from gateway.artifacts.artifacts import Artifacts, TrainingRun
from gateway.pages import PageWish


class ArtifactServicer(ArtifactServiceServicer):
    """Artifacts over gRPC."""

    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts

    @override
    async def GetDataset(self, request: pb.GetDatasetRequest, context: Context) -> pb.Dataset:
        found = await self._artifacts.dataset(parse_name(request.name, DATASETS))
        return convert_artifacts.dataset_message(found)

    @override
    async def ListDatasets(
        self, request: pb.ListDatasetsRequest, context: Context
    ) -> pb.ListDatasetsResponse:
        project, wanted = convert.project_of(request.parent, field="parent"), _wish(request)
        page = await self._artifacts.datasets(project, wanted)
        datasets = map(convert_artifacts.dataset_message, page.entries)
        return pb.ListDatasetsResponse(datasets=datasets, next_page_token=page.next)

    @override
    async def GetSnapshot(self, request: pb.GetSnapshotRequest, context: Context) -> pb.Snapshot:
        found = await self._artifacts.snapshot(parse_name(request.name, SNAPSHOTS))
        return convert_artifacts.snapshot_message(found)

    @override
    async def ListSnapshots(
        self, request: pb.ListSnapshotsRequest, context: Context
    ) -> pb.ListSnapshotsResponse:
        project, wanted = convert.project_of(request.parent, field="parent"), _wish(request)
        page = await self._artifacts.snapshots(project, wanted)
        snapshots = map(convert_artifacts.snapshot_message, page.entries)
        return pb.ListSnapshotsResponse(snapshots=snapshots, next_page_token=page.next)

    @override
    async def GetBaseModel(self, request: pb.GetBaseModelRequest, context: Context) -> pb.BaseModel:
        found = await self._artifacts.base_model(parse_name(request.name, BASE_MODELS))
        return convert_artifacts.base_model_message(found)

    @override
    async def ListBaseModels(
        self, request: pb.ListBaseModelsRequest, context: Context
    ) -> pb.ListBaseModelsResponse:
        project, wanted = convert.project_of(request.parent, field="parent"), _wish(request)
        page = await self._artifacts.base_models(project, wanted)
        models = map(convert_artifacts.base_model_message, page.entries)
        return pb.ListBaseModelsResponse(base_models=models, next_page_token=page.next)

    @override
    async def GetTrainingRun(self, request: pb.GetTrainingRunRequest, context: Context) -> pb.TrainingRun:
        return _run(await self._artifacts.training_run(parse_name(request.name, TRAINING_RUNS)))

    @override
    async def ListTrainingRuns(
        self, request: pb.ListTrainingRunsRequest, context: Context
    ) -> pb.ListTrainingRunsResponse:
        project, wanted = convert.project_of(request.parent, field="parent"), _wish(request)
        page = await self._artifacts.training_runs(project, wanted)
        return pb.ListTrainingRunsResponse(training_runs=map(_run, page.entries), next_page_token=page.next)

    @override
    async def GetAdapter(self, request: pb.GetAdapterRequest, context: Context) -> pb.Adapter:
        found = await self._artifacts.adapter(parse_name(request.name, ADAPTERS))
        return convert_artifacts.adapter_message(found)

    @override
    async def ListAdapters(
        self, request: pb.ListAdaptersRequest, context: Context
    ) -> pb.ListAdaptersResponse:
        parent, wanted = convert_artifacts.adapters_parent(request.parent), _wish(request)
        page = await self._artifacts.adapters(parent, wanted)
        adapters = map(convert_artifacts.adapter_message, page.entries)
        return pb.ListAdaptersResponse(adapters=adapters, next_page_token=page.next)


_Lists = (
    pb.ListDatasetsRequest
    | pb.ListSnapshotsRequest
    | pb.ListBaseModelsRequest
    | pb.ListTrainingRunsRequest
    | pb.ListAdaptersRequest
)


def _wish(request: _Lists) -> PageWish:
    return PageWish(size=request.page_size, token=request.page_token)


def _run(run: TrainingRun) -> pb.TrainingRun:
    return convert_artifacts.run_message(run, now=datetime.now(UTC))
