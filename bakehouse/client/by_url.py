"""Sends parts of an upload by PUT to their signed URLs, a few at a time. Asks for no URLs itself."""

import http.client
import random
import ssl
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from bakehouse.backoff import delays
from bakehouse.client.parts import Source
from bakehouse.errors import UnavailableError
from bakehouse.v1.upload_pb2 import SignedPart

_AT_ONCE = 4
_TRIES = 5
_PIECE_BYTES = 256 << 10
_CONNECT_S = 10.0
_SILENCE_S = 60.0  # of one read or write
_WORTH_ANOTHER_TRY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A part with its bytes: where in the source it begins, and where to send it."""

    signed: SignedPart
    start: int


class UrlSender:
    """Sends parts of `source`. `ca` is the authority's file behind https URLs; empty for the public ones."""

    def __init__(self, source: Source, *, ca: str = "") -> None:
        self._source = source
        self._ca = ca

    def send(self, parts: Sequence[Placed]) -> Iterator[SignedPart]:
        """Send the parts, and give each out as soon as it has arrived, in any order.

        Raises:
            UnavailableError: one of them could not be sent; others may have been.
            InvalidInputError: the source changed.
        """
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            sending = [pool.submit(self._send_one, part) for part in parts]
            for future in as_completed(sending):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _send_one(self, part: Placed) -> SignedPart:
        waits = delays(random.Random(), first_s=0.3)
        for tries_left in reversed(range(_TRIES)):
            try:
                status = self._put(part)
            except (OSError, http.client.HTTPException) as error:
                if not tries_left:
                    raise _not_sent(part, str(error) or type(error).__name__) from error
            else:
                if status < HTTPStatus.MULTIPLE_CHOICES:
                    return part.signed
                is_passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _WORTH_ANOTHER_TRY
                if not (tries_left and is_passing):
                    raise _not_sent(part, f"HTTP status {status}")
            time.sleep(next(waits))
        raise AssertionError("the last try returns or raises")

    def _put(self, part: Placed) -> int:
        signed = part.signed
        url = urlsplit(signed.url)
        headers = {**signed.headers, "Content-Length": str(signed.size_bytes)}
        pieces = self._source.pieces(part.start, signed.size_bytes, piece_bytes=_PIECE_BYTES)
        with closing(self._connect(url.scheme, url.netloc)) as connection:
            # A server that refuses answers before all is sent, and then ends the connection.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request("PUT", f"{url.path}?{url.query}", body=pieces, headers=headers)
            response = connection.getresponse()
            response.read()
            return response.status

    def _connect(self, scheme: str, host: str) -> http.client.HTTPConnection:
        if scheme == "http":
            connection = http.client.HTTPConnection(host, timeout=_CONNECT_S)
        else:
            context = ssl.create_default_context(cafile=self._ca or None)
            connection = http.client.HTTPSConnection(host, timeout=_CONNECT_S, context=context)
        connection.connect()
        connection.sock.settimeout(_SILENCE_S)
        return connection


def _not_sent(part: Placed, why: str) -> UnavailableError:
    # The URL itself is a secret.
    return UnavailableError(
        f"part {part.signed.part} could not be sent to {urlsplit(part.signed.url).netloc}: {why}"
    )
