"""Answers the URLs that we sign into a store that answers none: PUT one part, GET one object, nothing else.

A URL is the whole right: no token is asked for, and nothing is done that the URL does not say.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial

from aiohttp import ClientError, web

from bakehouse.blobs.port import ObjectStore
from bakehouse.blobs.signing import Grant, UrlSigner
from bakehouse.errors import (
    BakehouseError,
    CapacityError,
    ExpiredError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
)
from bakehouse.logs import get_logger
from gateway.blobs import from_thread
from gateway.uploads.intake import Intake

_SILENCE_S = 60.0
_KEEPALIVE_S = 75.0
_STOP_S = 5.0
_STATUS: Mapping[type[BakehouseError], int] = {
    PermissionDeniedError: 403,
    ExpiredError: 403,
    NotFoundError: 404,
    InvalidInputError: 400,
    CapacityError: 503,
    UnavailableError: 503,
}
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Which bytes of an object are wanted. `is_part` where the request named a range."""

    start: int
    stop: int
    is_part: bool


class UrlServer:
    """The HTTP server of signed URLs."""

    def __init__(self, store: ObjectStore, signer: UrlSigner, intake: Intake) -> None:
        self._store = store
        self._signer = signer
        self._intake = intake
        # aiohttp would log requests that it can't parse, URL and all.
        silent = logging.getLogger("gateway.http.silent")
        silent.setLevel(logging.CRITICAL + 1)
        # Without auto_decompress=False a compressed body would be stored unpacked.
        server = web.Server(
            self._answer,
            access_log=None,
            logger=silent,
            keepalive_timeout=_KEEPALIVE_S,
            auto_decompress=False,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=_STOP_S)

    async def start(self, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        """Serve on a socket that listens."""
        await self._runner.setup()
        await web.SockSite(self._runner, listener, ssl_context=tls).start()

    async def stop(self) -> None:
        """Take no more, and give what is under way a moment."""
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            grant = self._signer.verify(request.method, request.raw_path)
            return await (self._take if grant.method == "PUT" else self._give)(request, grant)
        except BakehouseError as error:
            return _refusal(_STATUS.get(type(error), 500), error.message)
        except (ConnectionError, ClientError, web.RequestPayloadError):
            raise  # the client has gone
        except Exception:
            log.exception("http_call_failed", method=request.method)
            return _refusal(500, "an error in Bakehouse; its log says more")

    async def _take(self, request: web.BaseRequest, grant: Grant) -> web.StreamResponse:
        if request.content_length is None:
            return _refusal(411, "say how long the body is: Content-Length")
        if grant.size_bytes is None or request.content_length != grant.size_bytes:
            return _refusal(400, f"{request.content_length} bytes come; this URL is for {grant.size_bytes}")
        async with self._intake.storing(grant.key, size_bytes=grant.size_bytes) as feed:
            async for piece in _body(request):
                await feed.send(piece)
        return web.Response(headers=_HEADERS)

    async def _give(self, request: web.BaseRequest, grant: Grant) -> web.StreamResponse:
        found = await asyncio.to_thread(self._store.stat, grant.key)
        if found is None:
            return _refusal(404, "there is nothing at this URL any more")
        span = _span(request, found.size_bytes)
        if span is None:
            return _refusal(416, "no such range", {"Content-Range": f"bytes */{found.size_bytes}"})
        chunks = await asyncio.to_thread(
            partial(self._store.read, grant.key, start=span.start, length=span.stop - span.start)
        )
        response = web.StreamResponse(status=206 if span.is_part else 200, headers=_HEADERS)
        response.content_type = "application/octet-stream"
        response.content_length = span.stop - span.start
        response.headers["Accept-Ranges"] = "bytes"
        if span.is_part:
            response.headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{found.size_bytes}"
        await response.prepare(request)
        try:
            async for chunk in from_thread(chunks):
                await response.write(chunk)
        except BakehouseError as error:
            log.warning("http_answer_broken_off", reason=error.message)
            raise ConnectionAbortedError from error  # too late for a status: the client sees a short body
        await response.write_eof()
        return response


async def _body(request: web.BaseRequest) -> AsyncIterator[bytes]:
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    while True:
        try:
            async with asyncio.timeout(_SILENCE_S):
                piece = await request.content.readany()
        except TimeoutError as error:
            raise UnavailableError(f"nothing came for {_SILENCE_S:g} s; send the part again") from error
        if not piece:
            return
        yield piece


def _span(request: web.BaseRequest, size_bytes: int) -> _Span | None:
    """What a request wants of an object; None where that is not in it."""
    try:
        asked = request.http_range
    except ValueError:  # several ranges, or nonsense: HTTP says to send it all
        return _Span(start=0, stop=size_bytes, is_part=False)
    if asked.start is None:
        return _Span(start=0, stop=size_bytes, is_part=False)
    if asked.start < 0:
        start, stop = max(0, size_bytes + asked.start), size_bytes
    else:
        start, stop = asked.start, min(size_bytes, size_bytes if asked.stop is None else asked.stop)
    return _Span(start=start, stop=stop, is_part=True) if start < stop else None


def _refusal(status: int, text: str, headers: Mapping[str, str] | None = None) -> web.Response:
    response = web.Response(status=status, text=f"{text}\n", headers={**_HEADERS, **(headers or {})})
    response.force_close()  # the body of the request may still be on its way
    return response
