"""Every method of the contract, called for what it must not tell of."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from bakehouse.blobs.blobs import Blobs
from bakehouse.rpc.contract import METHODS
from bakehouse.rpc.project_scope import address_of
from bakehouse.v1 import snapshot_pb2
from bakehouse.v1.job_pb2 import CreateJobRequest, Job
from tests.gateway.bakery import Bakery, Client, bakery, call
from tests.nats_process import NatsProcess

ADDRESSED = [path for path, method in METHODS.items() if address_of(method.input_type)]
CREATE_PROJECT = "/bakehouse.v1.ProjectService/CreateProject"
OF_A_SNAPSHOT = {
    "ListSamples",
    "ReadSamples",
    "ListSnapshotChanges",
    "GetSnapshotSummary",
    "GetSnapshotLineage",
    "GetSampleStory",
}


@pytest.fixture
async def shop(shared_nats: NatsProcess, tmp_path: Path) -> AsyncIterator[Bakery]:
    async with bakery(shared_nats, tmp_path, reflection=True) as opened:
        yield opened


@dataclass(frozen=True, kw_only=True)
class Owned:
    """What a project has: something of each kind."""

    project: str
    job: str
    upload: str
    blob: str

    def name_for(self, path: str, field: str) -> str:
        """What a method is asked about: its own kind of resource, or the project."""
        if field == "project_id":
            return self.project
        parent = f"projects/{self.project}"
        if path.rpartition("/")[2] in OF_A_SNAPSHOT:
            return f"{parent}/snapshots/{self.blob}"
        if field == "parent":
            return parent
        return parent + self._ends().get(re.sub(r".*/[A-Z][a-z]+", "", path), "")

    def _ends(self) -> dict[str, str]:
        """How the name of each kind of resource ends, by what is behind the verb of a method."""
        pipeline, upload, blob = f"/pipelines/{self.job}", f"/uploads/{self.upload}", f"/blobs/{self.blob}"
        return {
            "Job": f"/jobs/{self.job}",
            "Upload": upload,
            "Parts": upload,
            "Blob": blob,
            "Pipeline": pipeline,
            "Dataset": "/datasets/d",
            "Snapshot": f"/snapshots/{self.blob}",
            "SnapshotRef": "/snapshotRefs/r",
            "BaseModel": f"/baseModels/{self.blob}",
            "TrainingRun": f"/trainingRuns/{self.job}",
            "Adapter": f"/adapters/{self.blob}",
        }


async def filled(shop: Bakery) -> Owned:
    project = await shop.new_project()
    wanted = CreateJobRequest(parent=f"projects/{project}", job_id="j", job=Job(kind="toy.bake"))
    await call(shop.client.jobs.CreateJob, wanted)
    upload = await shop.new_upload(project, b"abc")
    blob = Blobs(shop.store, project).put(b"secret cake")
    return Owned(project=project, job="j", upload=upload.name.rpartition("/")[2], blob=blob)


def request_about(path: str, name: str) -> Message:
    request = GetMessageClass(METHODS[path].input_type)()
    place = address_of(METHODS[path].input_type)
    inner = getattr(request, place[0]) if len(place) > 1 else request
    setattr(inner, place[-1], name)
    return request


def outcome(client: Client, path: str, request: Message) -> tuple[grpc.StatusCode, str]:
    """How a call by path alone ends, and all that it tells."""
    method, data = METHODS[path], request.SerializeToString()
    told = b""
    try:
        if method.client_streaming:
            told = client.channel.stream_unary(path, bytes, bytes)(iter([data]), timeout=20)
        elif method.server_streaming:
            told = next(iter(client.channel.unary_stream(path, bytes, bytes)(data, timeout=20)), b"")
        else:
            told = client.channel.unary_unary(path, bytes, bytes)(data, timeout=20)
    except grpc.RpcError as failure:
        return failure.code(), f"{failure.details()} {failure.trailing_metadata()}"
    return grpc.StatusCode.OK, str(told)


async def outcome_of(client: Client, path: str, name: str) -> tuple[grpc.StatusCode, str]:
    return await asyncio.to_thread(outcome, client, path, request_about(path, name))


@pytest.mark.parametrize("path", ADDRESSED)
async def test_what_another_project_has_is_not_found(shop: Bakery, path: str) -> None:
    theirs, mine = await filled(shop), await shop.new_project()
    client = shop.client_of(shop.tokens.add(projects=(mine,), scopes=("admin",)))
    name = theirs.name_for(path, address_of(METHODS[path].input_type)[-1])
    code, told = await outcome_of(client, path, name)
    missing, told_of_missing = await outcome_of(client, path, name.replace(theirs.project, "p" + "0" * 12))
    assert (code, missing) == (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.NOT_FOUND)
    # A project of others and one that there is not can't be told apart.
    assert masked(told, theirs.project) == masked(told_of_missing, "p" + "0" * 12)


def masked(told: str, project: str) -> str:
    """What a failure tells, without the request's own id and the name that was asked for."""
    return told.split("_Metadatum", maxsplit=1)[0].replace(project, "PROJECT")


@pytest.mark.parametrize("path", [path for path in ADDRESSED if path != CREATE_PROJECT])
async def test_what_is_in_no_project_is_not_found(shop: Bakery, path: str) -> None:
    nowhere = Owned(project="nowhere", job="j", upload="u", blob="f" * 64)
    name = nowhere.name_for(path, address_of(METHODS[path].input_type)[-1])
    request = request_about(path, name)
    if isinstance(request, CreateJobRequest):
        request.job.kind = "toy.bake"
    if "CreateUpload" in path:
        request.upload.sha256 = "f" * 64  # type: ignore[attr-defined]
    if isinstance(request, snapshot_pb2.ListSnapshotChangesRequest):
        request.base = "e" * 64
    if isinstance(request, snapshot_pb2.GetSampleStoryRequest):
        request.sample_id = "f" * 32
    if isinstance(request, snapshot_pb2.CreateSnapshotRefRequest):
        request.snapshot_ref_id = "r"
        request.snapshot_ref.snapshot = f"{name}/snapshots/{'f' * 64}"
    if isinstance(request, snapshot_pb2.UpdateSnapshotRefRequest):
        request.update_mask.paths.append("pinned")
    code, _ = await asyncio.to_thread(outcome, shop.client, path, request)
    assert code == grpc.StatusCode.NOT_FOUND


HOSTILE = [
    "",
    "projects",
    "projects/",
    "projects/../x",
    "projects/p/../../etc/passwd",
    "projects/p/jobs/..",
    "projects/p/jobs/j/",
    "/projects/p",
    "projects//jobs/j",
    "projects/P",
    "projects/p%2fq",
    "projects/p\x00",
    "projects/p\n",
    "projects/.",
    "projects/*/jobs/>",
    "projects/" + "p" * 64,
    "x" * 100_000,
    "projects/п",
    "projects\\p",
]


@pytest.mark.parametrize("path", ADDRESSED)
async def test_a_hostile_name_is_refused(shop: Bakery, path: str) -> None:
    names = [name for name in HOSTILE if (path, name) != (CREATE_PROJECT, "projects")]  # that is a fine id
    found = {name[:40]: (await outcome_of(shop.client, path, name))[0] for name in names}
    assert {name: code for name, code in found.items() if code is not grpc.StatusCode.INVALID_ARGUMENT} == {}


def called_without_stubs(client: Client) -> dict[str, str]:
    """What a client that knows nothing but reflection finds and calls: each method that needs no name."""
    database = ProtoReflectionDescriptorDatabase(client.channel)
    pool, told = DescriptorPool(database), {}
    for name in database.get_services():
        for method in pool.FindServiceByName(name).methods if name.startswith("bakehouse.") else ():
            request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
            path = f"/{name}/{method.name}"
            if method.name in {"GetStudio", "ListProjects"}:
                invoke = client.channel.unary_unary(path, request.SerializeToString, response.FromString)
                told[path] = str(invoke(request()))
            else:
                told[path] = ""
    return told


async def test_a_client_without_stubs_can_list_and_call_it(shop: Bakery) -> None:
    project = await shop.new_project()
    client = shop.client_of(shop.tokens.add(projects=(project,)))
    told = await asyncio.to_thread(called_without_stubs, client)
    assert told.keys() == METHODS.keys()
    assert f'name: "projects/{project}"' in told["/bakehouse.v1.ProjectService/ListProjects"]
    assert 'driver: "directory"' in told["/bakehouse.v1.StudioService/GetStudio"]
