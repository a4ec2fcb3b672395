"""Gateways and NATS servers killed under their clients' hands: nothing is missed, nothing comes twice."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from google.protobuf.struct_pb2 import Struct

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import ExpiredError
from bakehouse.v1.job_pb2 import CreateJobRequest, GetJobRequest, Job, ListJobsRequest
from bakehouse.v1.project_pb2 import CreateProjectRequest, ListProjectsRequest
from bakehouse.v1.upload_pb2 import (
    CompleteUploadRequest,
    CreateUploadRequest,
    GetUploadRequest,
    Upload,
    WritePartsRequest,
)
from tests.gateway.bakery import MIB, Client, declaration_of, pieces_of, spans
from tests.gateway.process import GatewayProcess
from tests.gateway.watcher import Watcher, stored_events
from tests.nats_process import NatsProcess
from tests.toy.kitchen import SUPERVISE_ACK_WAIT_S, Kitchen, kitchen


@dataclass(frozen=True, kw_only=True)
class Town:
    """A toy studio in this process, and a gateway beside it that can be killed."""

    kitchen: Kitchen
    gateway: GatewayProcess
    client: Client

    async def start_job(self, **spec: object) -> Job:
        wanted = Struct()
        wanted.update(spec)  # type: ignore[arg-type]
        request = CreateJobRequest(
            parent="projects/p",
            job=Job(kind=f"{self.kitchen.service.name}.bake", spec=wanted),
            request_id="the-one-job",
        )
        return await asyncio.to_thread(self.client.jobs.CreateJob, request, wait_for_ready=True, timeout=30)

    async def job(self, name: str) -> Job:
        return await asyncio.to_thread(
            self.client.jobs.GetJob, GetJobRequest(name=name), wait_for_ready=True, timeout=30
        )

    async def over(self, name: str) -> Job:
        async with asyncio.timeout(60):
            while True:
                try:
                    job = await self.job(name)
                except grpc.RpcError:
                    job = Job()
                if job.state >= Job.STATE_SUCCEEDED:
                    return job
                await asyncio.sleep(0.1)

    async def kill_gateway(self) -> None:
        await asyncio.to_thread(self.gateway.kill)
        await asyncio.to_thread(self.gateway.start)


@pytest.fixture
async def town(own_nats: NatsProcess, tmp_path: Path) -> AsyncIterator[Town]:
    async with kitchen(own_nats, tmp_path) as opened:
        gateway = GatewayProcess(
            own_nats,
            tmp_path,
            services=str(declaration_of(opened.service, tmp_path)),
            supervise_ack_wait_s=str(SUPERVISE_ACK_WAIT_S),
        )
        await asyncio.to_thread(gateway.start)
        client = gateway.client()
        client.projects.CreateProject(CreateProjectRequest(project_id="p"))
        try:
            yield Town(kitchen=opened, gateway=gateway, client=client)
        finally:
            client.channel.close()
            gateway.end()


LONG = {"num_items": 80, "unit_items": 2, "sleep_ms": 40}


async def watched(town: Town, job: Job, watcher: Watcher) -> None:
    """The job is over, and its watcher has seen what the stream holds, once and in order."""
    assert (await town.over(job.name)).state == Job.STATE_SUCCEEDED
    await asyncio.to_thread(watcher.wait)
    expected = await stored_events(town.kitchen.connection, "p", job.name.rpartition("/")[2])
    assert watcher.events == expected
    assert len(expected) == len(set(expected)) >= 6


async def test_a_watch_misses_nothing_when_its_client_comes_and_goes(town: Town) -> None:
    async with town.kitchen.open_for_business():
        job = await town.start_job(**LONG)
        watcher = Watcher(gateway=town.gateway, name=job.name, drop_every=2)
        await watched(town, job, watcher)
    assert watcher.num_breaks >= 3


async def test_a_watch_misses_nothing_when_the_gateway_is_killed(town: Town) -> None:
    async with town.kitchen.open_for_business():
        job = await town.start_job(**LONG)
        watcher = Watcher(gateway=town.gateway, name=job.name)
        for num_events in (2, 4):
            await asyncio.to_thread(watcher.until, num_events)
            await town.kill_gateway()
        await watched(town, job, watcher)
    assert watcher.num_breaks >= 2


async def test_a_watch_misses_nothing_when_nats_is_killed(town: Town, own_nats: NatsProcess) -> None:
    async with town.kitchen.open_for_business():
        job = await town.start_job(**LONG)
        watchers = [Watcher(gateway=town.gateway, name=name) for name in (job.name, "projects/p")]
        for num_events in (2, 4):
            await asyncio.to_thread(watchers[0].until, num_events)
            own_nats.kill()
            own_nats.start()
        for watcher in watchers:
            await watched(town, job, watcher)


async def test_nothing_is_lost_with_the_disk_of_nats(town: Town, own_nats: NatsProcess) -> None:
    async with town.kitchen.open_for_business():
        job = await town.start_job(**LONG)
        watcher = Watcher(gateway=town.gateway, name=job.name)
        await asyncio.to_thread(watcher.until, 3)
        own_nats.kill()
        own_nats.lose_disk()
        own_nats.start()
        await asyncio.to_thread(watcher.wait)
        assert type(watcher.ended) is ExpiredError
        again = Watcher(gateway=town.gateway, name=job.name)
        assert (await town.over(job.name)).state == Job.STATE_SUCCEEDED
        await asyncio.to_thread(again.wait)
        assert again.events[-1] == f"job/{job.name.rpartition('/')[2]}/state/4"
    assert await listed(town.client) == (["projects/p"], [job.name])
    await town.kill_gateway()
    assert await listed(town.client) == (["projects/p"], [job.name])


async def listed(client: Client) -> tuple[list[str], list[str]]:
    def ask() -> tuple[list[str], list[str]]:
        projects = client.projects.ListProjects(ListProjectsRequest(), timeout=30, wait_for_ready=True)
        jobs = client.jobs.ListJobs(ListJobsRequest(parent="projects/p"), timeout=30, wait_for_ready=True)
        return [project.name for project in projects.projects], [job.name for job in jobs.jobs]

    return await asyncio.to_thread(ask)


async def test_a_request_is_the_same_for_the_next_gateway(town: Town) -> None:
    job = await town.start_job(num_items=1)
    await town.kill_gateway()
    again = await town.start_job(num_items=1)
    assert again.name == job.name
    assert await listed(town.client) == (["projects/p"], [job.name])


DATA = random.Random(17).randbytes(64 * MIB)


async def test_an_upload_goes_on_after_the_gateway_was_killed(town: Town) -> None:
    wanted = Upload(size_bytes=len(DATA), sha256=digest_bytes(DATA))
    request = CreateUploadRequest(parent="projects/p", upload=wanted, request_id="the-one-upload")
    upload = await asyncio.to_thread(town.client.uploads.CreateUpload, request)
    await asyncio.to_thread(write_until_killed, town, upload)
    there = await asyncio.to_thread(resumed, town, upload)
    assert 0 < there < 8
    again = await asyncio.to_thread(town.client.uploads.CreateUpload, request)
    assert (again.name, spans(again.received_parts)) == (upload.name, [(0, 7)])
    killed_while_completing(town, upload)
    done = await asyncio.to_thread(
        town.client.uploads.CompleteUpload,
        CompleteUploadRequest(name=upload.name),
        wait_for_ready=True,
        timeout=60,
    )
    assert done.state == Upload.STATE_COMPLETE
    assert digest_bytes(Blobs(town.kitchen.store, "p").get(Digest(upload.sha256))) == upload.sha256
    assert list(town.kitchen.store.list("p/uploads/")) == []


def write_until_killed(town: Town, upload: Upload) -> None:
    """Stream parts; after the fifth the gateway is killed in the middle of the next."""

    def messages() -> Iterator[WritePartsRequest]:
        yield from pieces_of(upload, DATA, range(5))
        yield from list(pieces_of(upload, DATA, [5]))[:4]
        while not town.kitchen.store.stat(f"p/uploads/{upload.name.rpartition('/')[2]}/00004"):
            pass
        town.gateway.kill()

    with pytest.raises(grpc.RpcError):
        town.client.uploads.WriteParts(messages())
    town.gateway.start()


def resumed(town: Town, upload: Upload) -> int:
    """Send what is missing; how many parts were there."""
    request = GetUploadRequest(name=upload.name)
    found = town.client.uploads.GetUpload(request, wait_for_ready=True, timeout=30)
    there = {part for first, last in spans(found.received_parts) for part in range(first, last + 1)}
    missing = [part for part in range(8) if part not in there]
    town.client.uploads.WriteParts(pieces_of(upload, DATA, missing), timeout=60)
    return len(there)


def killed_while_completing(town: Town, upload: Upload) -> None:
    completing = town.client.uploads.CompleteUpload.future(CompleteUploadRequest(name=upload.name))
    while not list((town.kitchen.store._root / ".incoming").iterdir()) and not completing.done():
        pass
    town.gateway.kill()
    completing.cancel()
    town.gateway.start()
