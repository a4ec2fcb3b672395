"""Signed URLs, and what is tried with them."""

import asyncio
import hmac
import random
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.signing import UrlSigner
from bakehouse.v1.blob_pb2 import SignBlobRequest
from bakehouse.v1.upload_pb2 import CompleteUploadRequest, PartRange, SignPartsRequest, Upload
from tests.gateway.bakery import MIB, SIGNING_KEY, Bakery, bakery, call
from tests.nats_process import NatsProcess

DATA = random.Random(5).randbytes(8 * MIB + 1000)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    # auto_decompress off, or the client would undo what the test does on purpose
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


async def signed(shop: Bakery, upload: Upload) -> list[str]:
    request = SignPartsRequest(name=upload.name, parts=[PartRange(first=0, last=1)])
    return [part.url for part in (await call(shop.client.uploads.SignParts, request)).parts]


async def signed_blob(shop: Bakery, data: bytes = DATA) -> str:
    project = await shop.new_project()
    name = f"projects/{project}/blobs/{Blobs(shop.store, project).put(data)}"
    return (await call(shop.client.blobs.SignBlob, SignBlobRequest(name=name))).url


async def status(http: aiohttp.ClientSession, method: str, url: str, **options: Any) -> int:
    async with http.request(method, url, **options) as response:
        return response.status


async def test_parts_go_to_their_urls(shop: Bakery, http: aiohttp.ClientSession) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    size = upload.part_size_bytes
    for part, url in enumerate(await signed(shop, upload)):
        body = BytesIO(DATA[part * size : (part + 1) * size])
        assert await status(http, "PUT", url, data=body) == 200
    done = await call(shop.client.uploads.CompleteUpload, CompleteUploadRequest(name=upload.name))
    assert done.state == Upload.STATE_COMPLETE


async def test_a_part_may_be_sent_again(shop: Bakery, http: aiohttp.ClientSession) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    _, url = await signed(shop, upload)
    for body in (b"?" * 1000, DATA[8 * MIB :]):
        assert await status(http, "PUT", url, data=body) == 200
    assert b"".join(shop.store.read(urlsplit(url).path[1:])) == DATA[8 * MIB :]


@pytest.mark.parametrize(
    ("asked", "expected", "place"),
    [
        (None, DATA, None),
        ("bytes=5-11", DATA[5:12], f"bytes 5-11/{len(DATA)}"),
        ("bytes=8388608-", DATA[8388608:], f"bytes 8388608-{len(DATA) - 1}/{len(DATA)}"),
        ("bytes=-3", DATA[-3:], f"bytes {len(DATA) - 3}-{len(DATA) - 1}/{len(DATA)}"),
        ("bytes=0-999999999", DATA, f"bytes 0-{len(DATA) - 1}/{len(DATA)}"),
        ("bytes=0-1,3-4", DATA, None),
        ("nonsense", DATA, None),
    ],
)
async def test_an_object_is_read_whole_or_by_range(
    shop: Bakery, http: aiohttp.ClientSession, asked: str | None, expected: bytes, place: str | None
) -> None:
    headers = {"Range": asked} if asked else {}
    async with http.get(await signed_blob(shop), headers=headers) as response:
        assert await response.read() == expected
        assert (response.status, response.headers.get("Content-Range")) == (206 if place else 200, place)
        assert response.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("asked", [f"bytes={len(DATA)}-", "bytes=99999999999-"])
async def test_a_range_behind_the_end_is_refused(
    shop: Bakery, http: aiohttp.ClientSession, asked: str
) -> None:
    assert await status(http, "GET", await signed_blob(shop), headers={"Range": asked}) == 416


async def test_nothing_is_read_too(shop: Bakery, http: aiohttp.ClientSession) -> None:
    async with http.get(await signed_blob(shop, b"")) as response:
        assert (response.status, await response.read()) == (200, b"")


async def test_what_has_gone_is_not_found(shop: Bakery, http: aiohttp.ClientSession) -> None:
    url = await signed_blob(shop)
    shop.store.delete([urlsplit(url).path[1:]])
    assert await status(http, "GET", url) == 404


def changed(url: str, pattern: str, other: str) -> str:
    found = re.sub(pattern, other, url)
    assert found != url
    return found


@pytest.mark.parametrize(
    ("pattern", "other"),
    [
        (r"/00001\?", "/00000?"),
        (r"/uploads/", "/blobs/"),
        (r"size=1000", "size=1001"),
        (r"&size=1000", ""),
        (r"expires=", "expires=9"),
        (r"signature=.", "signature=g"),
        (r"signature=.*", "signature="),
        (r"\?.*", ""),
        (r"/00001\?", "/../00001?"),
        (r"/00001\?", "/%2e%2e/00001?"),
        (r"/00001\?", "//00001?"),
        (r"/00001\?", "/00001/?"),
        (r"/00001\?", "/0000%31?"),
        (r"$", "&x=1"),
        (r"(:[0-9]+)/.*", r"\1/"),
    ],
)
async def test_a_changed_url_is_refused(
    shop: Bakery, http: aiohttp.ClientSession, pattern: str, other: str
) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    url = changed((await signed(shop, upload))[1], pattern, other)
    for body in (b"x" * 1000, b"x" * 1001):
        assert await raw_status(url, "PUT", body) == 403
    assert list(shop.store.list(upload.name.split("/")[1] + "/uploads/")) == []


async def raw(url: str, method: str, body: bytes, *, length: int | None = None, cut: bool = False) -> bytes:
    """The first line that answers a request whose path goes out as it is, which no library does.

    With `cut` the connection is broken off instead.
    """
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    length = len(body) if length is None else length
    writer.write(f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode() + body)
    if cut:
        await writer.drain()
        writer.transport.abort()
    line = await reader.read() if cut else await reader.readline()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return line


async def raw_status(url: str, method: str, body: bytes) -> int:
    return int((await raw(url, method, body)).split()[1])


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PATCH", "put", "TRACE"])
async def test_a_url_to_put_is_good_for_nothing_else(
    shop: Bakery, http: aiohttp.ClientSession, method: str
) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    _, url = await signed(shop, upload)
    await status(http, "PUT", url, data=DATA[8 * MIB :])
    assert await raw_status(url, method, b"") in {400, 403}


@pytest.mark.parametrize("method", ["PUT", "HEAD", "DELETE"])
async def test_a_url_to_get_is_good_for_nothing_else(
    shop: Bakery, http: aiohttp.ClientSession, method: str
) -> None:
    url = await signed_blob(shop)
    assert await status(http, method, url, data=b"x" if method == "PUT" else None) == 403


async def test_a_url_that_has_expired_is_refused(shop: Bakery, http: aiohttp.ClientSession) -> None:
    key = hmac.digest(SIGNING_KEY.encode(), b"urls", "sha256")
    late = UrlSigner(key, shop.gateway.url, now=lambda: 1_000_000_000)
    assert await status(http, "GET", late.url("p/blobs/x", method="GET", expires_s=60)) == 403


@pytest.mark.parametrize("size", [999, 1001, 0])
async def test_a_body_of_another_size_is_refused(
    shop: Bakery, http: aiohttp.ClientSession, size: int
) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    _, url = await signed(shop, upload)
    assert await status(http, "PUT", url, data=bytes(size)) == 400
    assert shop.store.stat(urlsplit(url).path[1:]) is None


async def test_a_body_of_no_announced_size_is_refused(shop: Bakery, http: aiohttp.ClientSession) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield DATA[8 * MIB :]

    upload = await shop.new_upload(await shop.new_project(), DATA)
    _, url = await signed(shop, upload)
    assert await status(http, "PUT", url, data=body()) == 411


async def test_a_compressed_body_is_stored_as_it_is(shop: Bakery, http: aiohttp.ClientSession) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    _, url = await signed(shop, upload)
    body = DATA[8 * MIB :]
    assert await status(http, "PUT", url, data=body, headers={"Content-Encoding": "gzip"}) == 200
    assert b"".join(shop.store.read(urlsplit(url).path[1:])) == body


async def test_a_client_that_asks_first_is_told_to_go_on(shop: Bakery, http: aiohttp.ClientSession) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    _, url = await signed(shop, upload)
    assert await status(http, "PUT", url, data=DATA[8 * MIB :], expect100=True) == 200


async def test_a_connection_that_breaks_leaves_no_part(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    await raw((await signed(shop, upload))[0], "PUT", DATA[: 3 * MIB], length=8 * MIB, cut=True)
    incoming = shop.store._root / ".incoming"
    async with asyncio.timeout(10):
        while list(incoming.iterdir()):
            await asyncio.sleep(0.01)
    assert list(shop.store.list(upload.name.split("/")[1] + "/uploads/")) == []


async def test_bytes_behind_the_body_are_not_of_it(shop: Bakery) -> None:
    upload = await shop.new_upload(await shop.new_project(), DATA)
    _, url = await signed(shop, upload)
    await raw(url, "PUT", DATA[8 * MIB :] + b"more and more\r\n\r\n", length=1000)
    found = shop.store.stat(urlsplit(url).path[1:])
    assert found is None or found.size_bytes == 1000


async def test_an_address_for_clients_may_differ(
    shared_nats: NatsProcess, tmp_path: Any, http: aiohttp.ClientSession
) -> None:
    async with bakery(shared_nats, tmp_path, public_url="https://bakehouse.example/blobs") as shop:
        url = await signed_blob(shop)
        assert url.startswith("https://bakehouse.example/blobs/p")
