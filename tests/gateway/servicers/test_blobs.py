"""Blobs over gRPC."""

import random
from typing import Any

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.v1.blob_pb2 import (
    FindMissingBlobsRequest,
    GetBlobRequest,
    ReadBlobRequest,
    SignBlobRequest,
)
from tests.gateway.bakery import MIB, Bakery, call, failure_of

DATA = random.Random(3).randbytes(2 * MIB + 77)


async def stored(shop: Bakery, data: bytes = DATA) -> str:
    project = await shop.new_project()
    return f"projects/{project}/blobs/{Blobs(shop.store, project).put(data)}"


def read(shop: Bakery, name: str, **fields: Any) -> list[bytes]:
    return [message.data for message in shop.client.blobs.ReadBlob(ReadBlobRequest(name=name, **fields))]


async def test_what_is_known_of_a_blob(shop: Bakery) -> None:
    name = await stored(shop)
    blob = await call(shop.client.blobs.GetBlob, GetBlobRequest(name=name))
    assert (blob.name, blob.size_bytes, blob.sha256) == (name, len(DATA), name.rpartition("/")[2])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, DATA),
        ({"offset_bytes": 5, "limit_bytes": 7}, DATA[5:12]),
        ({"offset_bytes": MIB + 1}, DATA[MIB + 1 :]),
        ({"limit_bytes": 2**62}, DATA),
        ({"offset_bytes": len(DATA) - 1, "limit_bytes": 100}, DATA[-1:]),
        ({"offset_bytes": len(DATA)}, b""),
    ],
)
async def test_any_range_of_it_is_read_in_small_pieces(
    shop: Bakery, fields: dict[str, int], expected: bytes
) -> None:
    name = await stored(shop)
    pieces = await call(lambda fields: read(shop, name, **fields), fields)
    assert b"".join(pieces) == expected
    assert all(len(piece) <= 256 << 10 for piece in pieces)


async def test_an_empty_blob_is_read(shop: Bakery) -> None:
    name = await stored(shop, b"")
    assert await call(lambda name: read(shop, name), name) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"offset_bytes": -1}, "offset_bytes"),
        ({"offset_bytes": len(DATA) + 1}, "offset_bytes"),
        ({"limit_bytes": -1}, "limit_bytes"),
    ],
)
async def test_a_range_that_is_not_in_it_is_refused(shop: Bakery, fields: dict[str, int], field: str) -> None:
    name = await stored(shop)
    error = await failure_of(lambda fields: read(shop, name, **fields), fields)
    assert isinstance(error, InvalidInputError)
    assert error.field == field


@pytest.mark.parametrize("project", ["nowhere", ""])
async def test_a_blob_that_is_not_there_is_not_found(shop: Bakery, project: str) -> None:
    elsewhere = (await stored(shop)).rpartition("/")[2]
    name = f"projects/{project or await shop.new_project()}/blobs/{elsewhere}"
    for method, request in (
        (shop.client.blobs.GetBlob, GetBlobRequest(name=name)),
        (shop.client.blobs.SignBlob, SignBlobRequest(name=name)),
        (lambda request: read(shop, request.name), ReadBlobRequest(name=name)),
    ):
        assert type(await failure_of(method, request)) is NotFoundError


@pytest.mark.parametrize("end", ["../x", "A" * 64, "f" * 63, ""])
async def test_a_name_that_is_none_is_refused(shop: Bakery, end: str) -> None:
    request = GetBlobRequest(name=f"projects/p/blobs/{end}")
    assert type(await failure_of(shop.client.blobs.GetBlob, request)) is InvalidInputError


async def test_a_reader_that_stops_half_way_leaves_nothing_open(shop: Bakery) -> None:
    name = await stored(shop)

    def read_a_little(_: object) -> bytes:
        stream = shop.client.blobs.ReadBlob(ReadBlobRequest(name=name))
        first = next(iter(stream)).data
        stream.cancel()
        return first

    assert await call(read_a_little, None) == DATA[: 256 << 10]
    assert b"".join(await call(lambda name: read(shop, name), name)) == DATA


async def missing(shop: Bakery, parent: str, *digests: str) -> list[str]:
    request = FindMissingBlobsRequest(parent=parent, sha256s=digests)
    return list((await call(shop.client.blobs.FindMissingBlobs, request)).missing_sha256s)


async def test_what_is_missing_is_said_once_and_in_order(shop: Bakery) -> None:
    project, _, digest = (await stored(shop)).removeprefix("projects/").partition("/blobs/")
    absent, other = "f" * 64, "0" * 64
    parent = f"projects/{project}"
    assert await missing(shop, parent, absent, digest, other, absent) == [absent, other]
    assert await missing(shop, parent) == []
    assert await missing(shop, "projects/shared", digest) == [digest]


@pytest.mark.parametrize("digests", [["x"], ["f" * 64] * 1001])
async def test_what_is_no_digest_or_too_many_is_refused(shop: Bakery, digests: list[str]) -> None:
    request = FindMissingBlobsRequest(parent="projects/shared", sha256s=digests)
    error = await failure_of(shop.client.blobs.FindMissingBlobs, request)
    assert isinstance(error, InvalidInputError)
    assert error.field.startswith("sha256s")
