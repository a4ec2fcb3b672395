"""One object on its way out of S3. A body that breaks is asked for again from where it broke."""

import re
from collections.abc import Iterator
from functools import partial

from urllib3.exceptions import HTTPError, IncompleteRead
from urllib3.response import BaseHTTPResponse

from bakehouse.blobs.port import CHUNK_BYTES, check_range
from bakehouse.blobs.s3_client import S3Client
from bakehouse.blobs.s3_retries import Retries
from bakehouse.errors import UnavailableError

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class Download:
    """Reads `key`, which the bucket calls `name`, once."""

    def __init__(self, client: S3Client, retries: Retries, *, key: str, name: str) -> None:
        self._client = client
        self._retries = retries
        self._key = key
        self._name = name
        self._response: BaseHTTPResponse | None = None
        self._etag = ""

    def chunks(self, start: int, length: int | None) -> Iterator[bytes]:
        """Nothing first, once the object is found and the range is inside it; then its bytes."""
        action = f"reading {self._key}"
        try:
            response = self._retries.call(partial(self._open, start, length), action)
            size_bytes = self._size_of_object(response, start)
            end = check_range(self._key, start=start, length=length, size_bytes=size_bytes)
            yield b""
            while start < end:
                chunk = self._retries.call(partial(self._read, start, end), action)
                start += len(chunk)
                yield chunk
        finally:
            self._close()

    def _open(self, start: int, length: int | None) -> BaseHTTPResponse:
        response = self._client.get(self._name, start=start, length=length, etag=self._etag)
        self._response = response
        self._etag = response.headers.get("etag", "")
        return response

    def _size_of_object(self, response: BaseHTTPResponse, start: int) -> int:
        if extent := _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "")):
            return int(extent[2])
        if start > 0:
            raise UnavailableError(f"reading {self._key}: the store serves no ranges; use one that does")
        if not (length := response.headers.get("content-length", "")).isdecimal():
            raise UnavailableError(
                f"reading {self._key}: the store does not say how long it is; is it an S3?"
            )
        return int(length)

    def _read(self, start: int, end: int) -> bytes:
        """The chunk at `start`, of a new response where the last one broke."""
        response = self._response or self._open(start, end - start)
        try:
            chunk = response.read(min(CHUNK_BYTES, end - start), decode_content=False)
            if not chunk:
                raise IncompleteRead(0, end - start)
        except HTTPError:
            self._close()
            raise
        return chunk

    def _close(self) -> None:
        if self._response is not None:
            self._response.close()
            self._response.release_conn()
            self._response = None
