"""Uploads over gRPC."""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import (
    BakehouseError,
    CorruptionError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    StateError,
)
from bakehouse.v1.job_pb2 import CreateJobRequest, Job
from bakehouse.v1.project_pb2 import GetProjectRequest
from bakehouse.v1.upload_pb2 import (
    CompleteUploadRequest,
    CreateUploadRequest,
    DeleteUploadRequest,
    GetUploadRequest,
    PartRange,
    SignPartsRequest,
    Upload,
    WritePartsRequest,
)
from tests.gateway.bakery import MIB, Bakery, call, failure_of, pieces_of, spans

PART = 8 * MIB
DATA = random.Random(7).randbytes(2 * PART + 1000)


async def read(shop: Bakery, upload: Upload) -> Upload:
    return await call(shop.client.uploads.GetUpload, GetUploadRequest(name=upload.name))


async def complete(shop: Bakery, upload: Upload) -> Upload:
    request = CompleteUploadRequest(name=upload.name)
    return await call(shop.client.uploads.CompleteUpload, request, timeout=60)


async def refusal(shop: Bakery, upload: Upload) -> BakehouseError:
    """How an upload fails to complete."""
    return await failure_of(shop.client.uploads.CompleteUpload, CompleteUploadRequest(name=upload.name))


def blob(shop: Bakery, upload: Upload) -> bytes:
    return Blobs(shop.store, upload.name.split("/")[1]).get(Digest(upload.sha256))


def objects(shop: Bakery, upload: Upload) -> list[object]:
    _, project, _, upload_id = upload.name.split("/")
    return list(shop.store.list(f"{project}/uploads/{upload_id}/"))


async def test_bytes_become_a_blob(shop: Bakery) -> None:
    project = await shop.new_project()
    upload = await shop.new_upload(project, DATA)
    assert (upload.state, upload.part_size_bytes, upload.etag) == (Upload.STATE_OPEN, PART, "r1")
    assert await shop.send(upload, DATA) == [(0, 2)]
    done = await complete(shop, upload)
    assert (done.state, done.blob, spans(done.received_parts)) == (
        Upload.STATE_COMPLETE,
        f"projects/{project}/blobs/{digest_bytes(DATA)}",
        [(0, 2)],
    )
    assert blob(shop, upload) == DATA
    assert objects(shop, upload) == []
    assert await read(shop, upload) == done


async def test_an_upload_goes_on_where_it_stopped(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    assert await shop.send(upload, DATA, 2) == [(2, 2)]
    assert await shop.send(upload, DATA, 0) == [(0, 0), (2, 2)]
    assert spans((await read(shop, upload)).received_parts) == [(0, 0), (2, 2)]
    error = await refusal(shop, upload)
    assert (type(error), error.fields["missing_parts"]) == (StateError, "1")
    await shop.send(upload, DATA, 1)
    assert (await complete(shop, upload)).state == Upload.STATE_COMPLETE


async def test_completing_twice_is_completing_once(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    await shop.send(upload, DATA)
    assert await complete(shop, upload) == await complete(shop, upload)


async def test_bytes_that_are_there_need_not_be_sent(shop: Bakery) -> None:
    project = await shop.new_project()
    Blobs(shop.store, project).put(DATA)
    upload = await shop.new_upload(project, DATA)
    assert (upload.state, spans(upload.received_parts)) == (Upload.STATE_COMPLETE, [(0, 2)])


async def test_bytes_of_another_project_are_not_there(shop: Bakery) -> None:
    Blobs(shop.store, await shop.new_project()).put(DATA)
    upload = await shop.new_upload(await shop.new_project(), DATA)
    assert upload.state == Upload.STATE_OPEN


async def test_bytes_that_came_meanwhile_complete_it(shop: Bakery) -> None:
    project = await shop.new_project()
    upload = await shop.new_upload(project, DATA)
    Blobs(shop.store, project).put(DATA)
    assert (await complete(shop, upload)).state == Upload.STATE_COMPLETE


async def test_nothing_can_be_uploaded_too(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), b"")
    assert (await complete(shop, upload)).state == Upload.STATE_COMPLETE
    assert blob(shop, upload) == b""


async def test_a_wrong_digest_is_data_loss_and_the_parts_are_sent_again(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    await shop.send(upload, DATA[:-1] + b"?")
    assert type(await refusal(shop, upload)) is CorruptionError
    assert spans((await read(shop, upload)).received_parts) == []
    await shop.send(upload, DATA)
    assert (await complete(shop, upload)).state == Upload.STATE_COMPLETE


async def test_the_same_request_twice_begins_one(shop: Bakery) -> None:
    project = await shop.new_project()
    upload = await shop.new_upload(project, DATA, request_id="r")
    await shop.send(upload, DATA, 1)
    again = await shop.new_upload(project, DATA, request_id="r")
    assert (again.name, spans(again.received_parts)) == (upload.name, [(1, 1)])


async def test_the_same_request_id_for_other_bytes_is_refused(shop: Bakery) -> None:
    project = await shop.new_project()
    await shop.new_upload(project, DATA, request_id="r")
    with pytest.raises(InvalidInputError) as caught:
        await shop.new_upload(project, b"other", request_id="r")
    assert caught.value.field == "request_id"


async def test_validate_only_begins_nothing(shop: Bakery) -> None:
    project = await shop.new_project()
    seen = await shop.new_upload(project, DATA, request_id="r", validate_only=True)
    assert seen.state == Upload.STATE_OPEN
    request = GetUploadRequest(name=seen.name)
    assert type(await failure_of(shop.client.uploads.GetUpload, request)) is NotFoundError


async def test_validate_only_completes_nothing(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    request = CompleteUploadRequest(name=upload.name, validate_only=True)
    error = await failure_of(shop.client.uploads.CompleteUpload, request)
    assert (type(error), error.fields["missing_parts"]) == (StateError, "0-2")
    await shop.send(upload, DATA)
    assert (await call(shop.client.uploads.CompleteUpload, request)).state == Upload.STATE_COMPLETE
    assert (await read(shop, upload)).state == Upload.STATE_OPEN


async def test_validate_only_gives_nothing_up(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    await shop.send(upload, DATA, 0)
    request = DeleteUploadRequest(name=upload.name, validate_only=True)
    await call(shop.client.uploads.DeleteUpload, request)
    assert spans((await read(shop, upload)).received_parts) == [(0, 0)]


async def test_one_that_was_given_up_is_gone(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    await shop.send(upload, DATA)
    await call(shop.client.uploads.DeleteUpload, DeleteUploadRequest(name=upload.name))
    assert objects(shop, upload) == []
    for method, request in (
        (shop.client.uploads.GetUpload, GetUploadRequest(name=upload.name)),
        (shop.client.uploads.DeleteUpload, DeleteUploadRequest(name=upload.name)),
        (shop.client.uploads.CompleteUpload, CompleteUploadRequest(name=upload.name)),
        (shop.client.uploads.SignParts, SignPartsRequest(name=upload.name)),
        (shop.client.uploads.WriteParts, pieces_of(upload, DATA, [0])),
    ):
        assert type(await failure_of(method, request)) is NotFoundError


@pytest.mark.parametrize("validate_only", [True, False])
async def test_one_that_was_given_up_begins_anew_by_the_same_request(
    shop: Bakery, validate_only: bool
) -> None:
    project = await shop.new_project()
    upload = await shop.new_upload(project, DATA, request_id="r")
    await call(shop.client.uploads.DeleteUpload, DeleteUploadRequest(name=upload.name))
    again = await shop.new_upload(project, DATA, request_id="r", validate_only=validate_only)
    assert (again.name, again.state) == (upload.name, Upload.STATE_OPEN)


async def test_the_blob_of_a_complete_one_stays(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    await shop.send(upload, DATA)
    await complete(shop, upload)
    await call(shop.client.uploads.DeleteUpload, DeleteUploadRequest(name=upload.name))
    assert blob(shop, upload) == DATA


async def test_one_whose_blob_has_gone_begins_anew_by_the_same_request(shop: Bakery) -> None:
    project = await shop.new_project()
    Blobs(shop.store, project).put(DATA)
    upload = await shop.new_upload(project, DATA, request_id="r")
    shop.store.delete([f"{project}/blobs/sha256/{upload.sha256[:2]}/{upload.sha256}"])
    again = await shop.new_upload(project, DATA, request_id="r")
    assert (upload.state, again.name, again.state) == (
        Upload.STATE_COMPLETE,
        upload.name,
        Upload.STATE_OPEN,
    )


async def test_a_complete_one_takes_no_parts(shop: Bakery) -> None:
    project = await shop.new_project()
    Blobs(shop.store, project).put(DATA)
    upload = await shop.new_upload(project, DATA)
    error = await failure_of(shop.client.uploads.WriteParts, pieces_of(upload, DATA, [0]))
    assert (type(error), error.fields["resource"]) == (StateError, upload.name)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Upload(size_bytes=-1, sha256="0" * 64), "upload.size_bytes"),
        (Upload(size_bytes=2**62, sha256="0" * 64), "upload.size_bytes"),
        (Upload(size_bytes=1, sha256="../../etc"), "upload.sha256"),
        (Upload(size_bytes=1), "upload.sha256"),
        (Upload(size_bytes=1, sha256="0" * 64, filename="x" * 256), "upload.filename"),
    ],
)
async def test_a_wrong_upload_is_refused_with_its_field(shop: Bakery, wanted: Upload, field: str) -> None:
    request = CreateUploadRequest(parent=f"projects/{await shop.new_project()}", upload=wanted)
    error = await failure_of(shop.client.uploads.CreateUpload, request)
    assert isinstance(error, InvalidInputError)
    assert error.field == field


async def test_an_upload_in_no_project_is_not_found(shop: Bakery) -> None:
    with pytest.raises(NotFoundError) as caught:
        await shop.new_upload("nowhere", DATA)
    assert caught.value.fields["resource"] == "projects/nowhere"


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A stream of two good messages of part 0 and a third that `changes` make wrong."""

    field: str
    changes: dict[str, Any]

    def messages(self, upload: Upload) -> Iterator[WritePartsRequest]:
        good = list(pieces_of(upload, DATA, [0]))[:3]
        for name, value in self.changes.items():
            setattr(good[2], name, value)
        yield from good


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong(field="part", changes={"part": 1}),
        Wrong(field="part", changes={"part": -1}),
        Wrong(field="offset_bytes", changes={"offset_bytes": 0}),
        Wrong(field="offset_bytes", changes={"offset_bytes": -1}),
        Wrong(field="data", changes={"data": b""}),
        Wrong(field="crc32c", changes={"crc32c": 1}),
        Wrong(field="crc32c", changes={"data": b"another"}),
        Wrong(field="name", changes={"name": "projects/p/uploads/x/y"}),
        Wrong(field="data", changes={}),  # the stream just ends
    ],
)
async def test_a_wrong_piece_ends_the_stream_and_its_part(shop: Bakery, wrong: Wrong) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    error = await failure_of(shop.client.uploads.WriteParts, wrong.messages(upload))
    assert isinstance(error, InvalidInputError)
    assert error.field == wrong.field
    assert spans((await read(shop, upload)).received_parts) == []


async def test_a_piece_beyond_the_part_is_refused(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    last = list(pieces_of(upload, DATA + b"x", [2]))
    error = await failure_of(shop.client.uploads.WriteParts, iter(last))
    assert isinstance(error, InvalidInputError)
    assert error.field == "data"


async def test_a_stream_keeps_to_its_upload(shop: Bakery) -> None:
    project = await shop.new_project()
    one, other = [await shop.new_upload(project, DATA) for _ in range(2)]
    mixed = [*pieces_of(one, DATA, [2]), *pieces_of(other, DATA, [2])]
    error = await failure_of(shop.client.uploads.WriteParts, iter(mixed[:1] + mixed[1:]))
    assert isinstance(error, InvalidInputError)
    assert spans((await read(shop, one)).received_parts) == [(2, 2)]
    assert spans((await read(shop, other)).received_parts) == []


async def test_later_messages_may_leave_the_name_out(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    messages = list(pieces_of(upload, DATA, [0, 2]))
    for message in messages[1:]:
        message.name = ""
    answer = await call(shop.client.uploads.WriteParts, iter(messages))
    assert spans(answer.received_parts) == [(0, 0), (2, 2)]


async def test_a_stream_of_nothing_is_refused(shop: Bakery) -> None:
    empty: Iterator[WritePartsRequest] = iter(())
    assert type(await failure_of(shop.client.uploads.WriteParts, empty)) is InvalidInputError


def broken_off(shop: Bakery, upload: Upload, dropped: threading.Event) -> Iterator[WritePartsRequest]:
    """Part 0 and a piece of part 1; then, once part 0 is stored, nothing until the call is dropped."""
    yield from pieces_of(upload, DATA, [0])
    yield next(pieces_of(upload, DATA, [1]))
    while not objects(shop, upload):
        time.sleep(0.01)
    dropped.set()
    time.sleep(0.2)


async def test_a_stream_that_breaks_off_keeps_its_whole_parts(shop: Bakery) -> None:
    upload, dropped = await shop.new_upload(await shop.new_project(), DATA), threading.Event()
    writing = shop.client.uploads.WriteParts.future(broken_off(shop, upload, dropped))
    await asyncio.to_thread(dropped.wait, 20)
    writing.cancel()
    assert spans((await read(shop, upload)).received_parts) == [(0, 0)]
    await shop.send(upload, DATA, 1, 2)
    assert (await complete(shop, upload)).state == Upload.STATE_COMPLETE


@pytest.mark.parametrize(
    "ranges",
    [[(0, 3)], [(-1, 0)], [(1, 0)], [(0, 2**31 - 1)], [(0, 2)] * 400, [(-(2**31), 2**31 - 1)]],
)
async def test_parts_that_can_not_be_are_not_signed(shop: Bakery, ranges: list[tuple[int, int]]) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    parts = [PartRange(first=first, last=last) for first, last in ranges]
    request = SignPartsRequest(name=upload.name, parts=parts)
    assert isinstance(await failure_of(shop.client.uploads.SignParts, request), InvalidInputError)


async def test_parts_are_signed_in_the_order_in_which_they_were_asked_for(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    parts = [PartRange(first=2, last=2), PartRange(first=0, last=1)]
    request = SignPartsRequest(name=upload.name, parts=parts)
    answer = await call(shop.client.uploads.SignParts, request)
    assert [(part.part, part.size_bytes) for part in answer.parts] == [(2, 1000), (0, PART), (1, PART)]
    assert answer.expire_time.seconds > upload.create_time.seconds


async def test_no_parts_are_signed_where_none_are_asked_for(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    answer = await call(shop.client.uploads.SignParts, SignPartsRequest(name=upload.name))
    assert list(answer.parts) == []


async def test_the_shared_room_takes_uploads_of_who_may_share(shop: Bakery) -> None:
    project = await shop.new_project()
    wanted = Upload(size_bytes=3, sha256=digest_bytes(b"abc"))
    request = CreateUploadRequest(parent="projects/shared", upload=wanted)
    bound = shop.client_of(shop.tokens.add(projects=(project,)))
    error = await failure_of(bound.uploads.CreateUpload, request)
    assert type(error) is PermissionDeniedError
    sharing = shop.client_of(shop.tokens.add(projects=(project,), scopes=("read", "write", "share")))
    upload = await call(sharing.uploads.CreateUpload, request)
    await shop.send(upload, b"abc")
    await complete(shop, upload)
    assert blob(shop, upload) == b"abc"
    again = await call(sharing.uploads.CreateUpload, request)
    assert again.state == Upload.STATE_COMPLETE


async def test_the_shared_room_is_no_project(shop: Bakery) -> None:
    request = GetProjectRequest(name="projects/shared")
    assert type(await failure_of(shop.client.projects.GetProject, request)) is NotFoundError
    job = CreateJobRequest(parent="projects/shared", job=Job(kind="toy.bake"))
    assert type(await failure_of(shop.client.jobs.CreateJob, job)) is NotFoundError
