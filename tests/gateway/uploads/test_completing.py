"""Completing an upload: by several at once, with too little time, and while somebody else is at it."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.errors import NotFoundError, StateError, UnavailableError
from bakehouse.v1.upload_pb2 import (
    CompleteUploadRequest,
    DeleteUploadRequest,
    GetUploadRequest,
    Upload,
)
from tests.gateway.bakery import MIB, Bakery, Client, bakery, call, failure_of
from tests.nats_process import NatsProcess

DATA = random.Random(11).randbytes(40 * MIB)


async def sent(shop: Bakery, data: bytes = DATA) -> Upload:
    upload = await shop.new_upload(await shop.new_project(), data)
    await shop.send(upload, data)
    return upload


async def complete(client: Client, upload: Upload, **options: Any) -> Upload:
    return await call(client.uploads.CompleteUpload, CompleteUploadRequest(name=upload.name), **options)


def is_whole(shop: Bakery, upload: Upload) -> bool:
    _, project, _, upload_id = upload.name.split("/")
    left = list(shop.store.list(f"{project}/uploads/{upload_id}/"))
    return not left and Blobs(shop.store, project).get(Digest(upload.sha256)) == DATA


async def test_many_at_once_get_the_same_answer(shop: Bakery) -> None:
    upload = await sent(shop)
    answers = await asyncio.gather(*(complete(shop.client, upload) for _ in range(5)))
    assert all(answer == answers[0] for answer in answers)
    assert is_whole(shop, upload)


async def test_a_deadline_that_was_too_short_loses_nothing(shop: Bakery) -> None:
    upload = await sent(shop)
    with pytest.raises(UnavailableError):
        await complete(shop.client, upload, timeout=0.01)
    assert (await complete(shop.client, upload)).state == Upload.STATE_COMPLETE
    assert is_whole(shop, upload)


async def test_two_gateways_may_be_at_it(shared_nats: NatsProcess, tmp_path: Path) -> None:
    async with bakery(shared_nats, tmp_path) as shop, bakery(shared_nats, tmp_path) as other:
        client = other.client
        upload = await sent(other)
        answers = await asyncio.gather(
            complete(shop.client_of(other.tokens.add()), upload), complete(client, upload)
        )
        assert [answer.state for answer in answers] == [Upload.STATE_COMPLETE] * 2
        assert is_whole(shop, upload)


async def test_one_that_is_given_up_meanwhile_is_not_there(shop: Bakery) -> None:
    upload = await sent(shop)
    completing = asyncio.create_task(complete(shop.client, upload))
    await asyncio.sleep(0.02)
    giving_up = call(shop.client.uploads.DeleteUpload, DeleteUploadRequest(name=upload.name))
    ends = await asyncio.gather(completing, giving_up, return_exceptions=True)
    # Where its parts went while they were read, it says so; nothing is there afterwards in any case.
    assert {type(end) for end in ends if isinstance(end, Exception)} <= {NotFoundError, StateError}
    request = GetUploadRequest(name=upload.name)
    assert type(await failure_of(shop.client.uploads.GetUpload, request)) is NotFoundError


async def test_a_gateway_that_stops_gives_it_up_and_another_does_it(
    shared_nats: NatsProcess, tmp_path: Path
) -> None:
    async with bakery(shared_nats, tmp_path, stop_grace_s=0) as shop:
        upload = await sent(shop)
        completing = asyncio.create_task(complete(shop.client, upload))
        await asyncio.sleep(0.03)
        await shop.gateway.rpc.stop()
        await asyncio.wait({completing})
        completing.exception()
    async with bakery(shared_nats, tmp_path) as shop:
        assert (await complete(shop.client, upload)).state == Upload.STATE_COMPLETE
        assert is_whole(shop, upload)
