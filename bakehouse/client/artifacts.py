"""What pipelines have made, through the client: to look at. Nothing is made or changed here."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

import grpc

from bakehouse.client import convert_artifacts as convert
from bakehouse.client.artifact_values import Adapter, BaseModel, Dataset, Snapshot, TrainingRun
from bakehouse.client.calls import Caller
from bakehouse.rpc.names import SHARED, project_name
from bakehouse.v1 import artifact_pb2 as pb
from bakehouse.v1.artifact_pb2_grpc import ArtifactServiceStub

_PAGE_SIZE = 200

T = TypeVar("T")

Get = Callable[[str], T]
"""One artifact, by its name."""
Page = Callable[[str, str], tuple[Iterable[T], str]]
"""A page of a parent's artifacts and the token of the next one, by the parent and the token of this one."""


class Collection(Generic[T]):
    """The artifacts of one sort."""

    def __init__(self, get: Get[T], page: Page[T], *, project: str = "default") -> None:
        """`project`: whose are listed where none is named."""
        self._get = get
        self._page = page
        self._project = project

    def get(self, name: str) -> T:
        """The artifact of this name.

        Raises:
            NotFoundError: it is not there, or not for this token.
        """
        return self._get(name)

    def list(self, project: str = "") -> Iterator[T]:
        """A project's artifacts, the newest first (datasets by id); fetched a page at a time.

        Raises:
            NotFoundError: the project is not there, or not for this token.
        """
        token = ""
        while True:
            entries, token = self._page(project_name(project or self._project), token)
            yield from entries
            if not token:
                return


class Artifacts:
    """The artifacts of all sorts, from one studio. `Client` has each of these by the same name."""

    def __init__(self, channel: grpc.Channel, caller: Caller) -> None:
        self._stub = ArtifactServiceStub(channel)
        self._caller = caller
        self.datasets = Collection(self._dataset, self._datasets)
        self.snapshots = Collection(self._snapshot, self._snapshots)
        self.base_models = Collection(self._base_model, self._base_models, project=SHARED)
        self.training_runs = Collection(self._training_run, self._training_runs)
        self.adapters = Collection(self._adapter, self._adapters)

    def _dataset(self, name: str) -> Dataset:
        request = pb.GetDatasetRequest(name=name)
        return convert.dataset_of(self._caller.call(self._stub.GetDataset, request))

    def _datasets(self, parent: str, token: str) -> tuple[Iterable[Dataset], str]:
        request = pb.ListDatasetsRequest(parent=parent, page_size=_PAGE_SIZE, page_token=token)
        page = self._caller.call(self._stub.ListDatasets, request)
        return map(convert.dataset_of, page.datasets), page.next_page_token

    def _snapshot(self, name: str) -> Snapshot:
        request = pb.GetSnapshotRequest(name=name)
        return convert.snapshot_of(self._caller.call(self._stub.GetSnapshot, request))

    def _snapshots(self, parent: str, token: str) -> tuple[Iterable[Snapshot], str]:
        request = pb.ListSnapshotsRequest(parent=parent, page_size=_PAGE_SIZE, page_token=token)
        page = self._caller.call(self._stub.ListSnapshots, request)
        return map(convert.snapshot_of, page.snapshots), page.next_page_token

    def _base_model(self, name: str) -> BaseModel:
        request = pb.GetBaseModelRequest(name=name)
        return convert.base_model_of(self._caller.call(self._stub.GetBaseModel, request))

    def _base_models(self, parent: str, token: str) -> tuple[Iterable[BaseModel], str]:
        request = pb.ListBaseModelsRequest(parent=parent, page_size=_PAGE_SIZE, page_token=token)
        page = self._caller.call(self._stub.ListBaseModels, request)
        return map(convert.base_model_of, page.base_models), page.next_page_token

    def _training_run(self, name: str) -> TrainingRun:
        request = pb.GetTrainingRunRequest(name=name)
        return convert.training_run_of(self._caller.call(self._stub.GetTrainingRun, request))

    def _training_runs(self, parent: str, token: str) -> tuple[Iterable[TrainingRun], str]:
        request = pb.ListTrainingRunsRequest(parent=parent, page_size=_PAGE_SIZE, page_token=token)
        page = self._caller.call(self._stub.ListTrainingRuns, request)
        return map(convert.training_run_of, page.training_runs), page.next_page_token

    def _adapter(self, name: str) -> Adapter:
        request = pb.GetAdapterRequest(name=name)
        return convert.adapter_of(self._caller.call(self._stub.GetAdapter, request))

    def _adapters(self, parent: str, token: str) -> tuple[Iterable[Adapter], str]:
        request = pb.ListAdaptersRequest(parent=parent, page_size=_PAGE_SIZE, page_token=token)
        page = self._caller.call(self._stub.ListAdapters, request)
        return map(convert.adapter_of, page.adapters), page.next_page_token
