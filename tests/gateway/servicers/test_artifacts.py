"""Artifacts over gRPC, of jobs that a test writes down as over."""

import asyncio
from typing import Any

from bakehouse.errors import NotFoundError
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.records import JobRecords
from bakehouse.registry.revisions import Revisions
from bakehouse.v1 import artifact_pb2 as pb
from tests.gateway.bakery import Bakery, call, failure_of
from tests.gateway.bakes import digest, job


async def listed(shop: Bakery, method: str, request: Any, collection: str) -> list[Any]:
    """What a list has, once the gateway has heard of it."""
    async with asyncio.timeout(20):
        while not (found := getattr(await call(getattr(shop.client.artifacts, method), request), collection)):
            await asyncio.sleep(0.05)
    return list(found)


async def bake(shop: Bakery, connection: Connection) -> str:
    """Jobs that are over, in a project of their own."""
    project = await shop.new_project()
    records = JobRecords(connection, Revisions(shop.store))
    for slot in ("snapshot", "train"):
        await records.create(job(slot, project=project))
    return project


async def test_what_jobs_made_is_listed_and_read(bakeshop: Bakery, connection: Connection) -> None:
    project, artifacts = await bake(bakeshop, connection), bakeshop.client.artifacts
    parent = f"projects/{project}"
    (snapshot,) = await listed(bakeshop, "ListSnapshots", pb.ListSnapshotsRequest(parent=parent), "snapshots")
    assert snapshot == await call(artifacts.GetSnapshot, pb.GetSnapshotRequest(name=snapshot.name))
    (run,) = await listed(
        bakeshop, "ListTrainingRuns", pb.ListTrainingRunsRequest(parent=parent), "training_runs"
    )
    assert run == await call(artifacts.GetTrainingRun, pb.GetTrainingRunRequest(name=run.name))
    for owner in (parent, run.name):
        found = await listed(bakeshop, "ListAdapters", pb.ListAdaptersRequest(parent=owner), "adapters")
        assert sorted(adapter.epoch for adapter in found) == [1, 2]
    name = f"{parent}/adapters/{digest('adapter 2')}"
    assert (await call(artifacts.GetAdapter, pb.GetAdapterRequest(name=name))).is_last


async def test_what_nobody_made_is_not_found(bakeshop: Bakery) -> None:
    parent = f"projects/{await bakeshop.new_project()}"
    artifacts, missing = bakeshop.client.artifacts, "0" * 64
    for method, request in (
        (artifacts.GetDataset, pb.GetDatasetRequest(name=f"{parent}/datasets/none")),
        (artifacts.GetSnapshot, pb.GetSnapshotRequest(name=f"{parent}/snapshots/{missing}")),
        (artifacts.GetBaseModel, pb.GetBaseModelRequest(name=f"projects/shared/baseModels/{missing}")),
        (artifacts.GetTrainingRun, pb.GetTrainingRunRequest(name=f"{parent}/trainingRuns/none")),
        (artifacts.GetAdapter, pb.GetAdapterRequest(name=f"{parent}/adapters/{missing}")),
    ):
        assert type(await failure_of(method, request)) is NotFoundError


async def test_nothing_is_an_empty_page(bakeshop: Bakery) -> None:
    parent = f"projects/{await bakeshop.new_project()}"
    artifacts = bakeshop.client.artifacts
    assert not (await call(artifacts.ListDatasets, pb.ListDatasetsRequest(parent=parent))).datasets
    models = await call(artifacts.ListBaseModels, pb.ListBaseModelsRequest(parent=parent))
    assert not models.base_models
