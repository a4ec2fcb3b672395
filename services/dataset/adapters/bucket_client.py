"""One bucket of any S3, through minio-py: pages of its listing, and objects in pieces.

What fails is tried again with jitter; what can't be had is said in words, and keys are in none of them.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from random import Random
from typing import TypeVar
from urllib.parse import urlsplit

import certifi
import urllib3
from minio import Minio
from minio.datatypes import Object
from minio.helpers import DictType

from bakehouse.backoff import delays
from bakehouse.blobs.s3_faults import FAULTS, code_of, is_transient
from bakehouse.logs import get_logger

AWS = "https://s3.amazonaws.com"

_PAGE = 1000
_PIECE_BYTES = 1 << 20
_CONNECTIONS = 16
_CONNECT_TIMEOUT_S = 5.0
_LONGEST_TEXT = 200
_REGION_CODES = {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
_REFUSED_CODES = {
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "ExpiredToken",
}

T = TypeVar("T")

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketKeys:
    """How to be let in."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a request is tried again, at least once, and how long an answer may be silent."""

    again_s: float = 30.0
    silence_s: float = 20.0
    first_wait_s: float = 0.1


class BucketError(Exception):
    """A request that failed for good: what S3 calls it, or what kind of fault it was, and a sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    @property
    def is_refusal(self) -> bool:
        """Whether we are not let in."""
        return self.code in _REFUSED_CODES


class BucketClient:
    """Reads one bucket. Without keys it is asked as anybody may. Safe to use in several threads."""

    def __init__(
        self,
        *,
        bucket: str,
        endpoint: str,
        region: str | None,
        keys: BucketKeys | None,
        patience: Patience | None = None,
        random: Random | None = None,
    ) -> None:
        self.bucket = bucket
        self.endpoint = endpoint.rstrip("/")
        self._patience = patience or Patience()
        self._random = random or Random()
        place = urlsplit(self.endpoint)
        timeout = urllib3.Timeout(connect=_CONNECT_TIMEOUT_S, read=self._patience.silence_s)
        self._client = Minio(
            place.netloc,
            access_key=keys.access_key if keys else None,
            secret_key=keys.secret_key if keys else None,
            session_token=(keys.session_token or None) if keys else None,
            secure=place.scheme == "https",
            # Only AWS has to be asked where a bucket is.
            region=region or (None if self.endpoint == AWS else "us-east-1"),
            http_client=urllib3.PoolManager(
                maxsize=_CONNECTIONS,
                timeout=timeout,
                retries=False,
                ca_certs=os.environ.get("SSL_CERT_FILE") or certifi.where(),
            ),
        )

    def objects(self, prefix: str) -> Iterator[Object]:
        """The objects below `prefix`, page by page; a page that fails is asked for again by itself.

        Raises:
            BucketError: there is no such bucket, it refuses us, or does not answer.
        """
        after = ""
        while True:
            page = self._again(partial(self._page, prefix, after), f"listing {prefix or 'it'}")
            yield from page
            if len(page) < _PAGE:
                return
            last = page[-1].object_name or ""
            if last <= after:
                raise BucketError("", f"{self._where} lists the same objects again; is it an S3?")
            after = last

    def pieces(self, key: str, *, etag: str, size_bytes: int) -> Iterator[bytes]:
        """The bytes of an object with this ETag; what breaks off is asked for again from there.

        Raises:
            BucketError: it is gone or another one, is refused, or does not come.
        """
        start, stuck_at, num_stuck = 0, -1, 0
        waits = delays(self._random, first_s=self._patience.first_wait_s)
        give_up_at = time.monotonic() + self._patience.again_s
        while start < size_bytes:
            try:
                for piece in self._stream(key, start, etag):
                    start += len(piece)
                    yield piece
                if start < size_bytes:
                    raise urllib3.exceptions.IncompleteRead(start, size_bytes - start)
            except FAULTS as fault:
                num_stuck = num_stuck + 1 if start == stuck_at else 0
                if start > stuck_at:
                    stuck_at, give_up_at = start, time.monotonic() + self._patience.again_s
                self._wait(fault, f"reading {key}", next(waits), give_up_at, is_first=not num_stuck)

    def _page(self, prefix: str, after: str) -> list[Object]:
        found = self._client.list_objects(self.bucket, prefix, recursive=True, start_after=after or None)
        return list(islice(found, _PAGE))

    def _stream(self, key: str, start: int, etag: str) -> Iterator[bytes]:
        headers: DictType = {"If-Match": f'"{etag}"'} if etag else {}
        response = self._client.get_object(self.bucket, key, offset=start, request_headers=headers)
        try:
            yield from response.stream(_PIECE_BYTES, decode_content=False)
        finally:
            response.close()
            response.release_conn()

    def _again(self, request: Callable[[], T], action: str) -> T:
        waits = delays(self._random, first_s=self._patience.first_wait_s)
        give_up_at = time.monotonic() + self._patience.again_s
        is_first = True
        while True:
            try:
                return request()
            except FAULTS as fault:
                self._wait(fault, action, next(waits), give_up_at, is_first=is_first)
                is_first = False

    def _wait(
        self, fault: Exception, action: str, wait_s: float, give_up_at: float, *, is_first: bool
    ) -> None:
        """Wait before the next try; raise where there is none."""
        is_late = not is_first and time.monotonic() + wait_s > give_up_at
        if is_late or not is_transient(fault):
            raise self._error_of(fault) from fault
        log.warning("bucket_retry", bucket=self.bucket, action=action, reason=_told(fault))
        time.sleep(wait_s)

    def _error_of(self, fault: Exception) -> BucketError:
        code = code_of(fault)
        if code == "NoSuchBucket":
            return BucketError(code, f"{self._where}: there is no such bucket; see aws_bucket_name")
        if code == "NoSuchKey":
            return BucketError(code, "the object is gone; bake again")
        if code == "PreconditionFailed":
            return BucketError(code, "the object changed since the bucket was listed; bake again")
        if code in _REGION_CODES:
            return BucketError(code, f"{self._where}: the bucket is in another region; see aws_region_name")
        if code in _REFUSED_CODES:
            return BucketError(
                code,
                f"{self._where} refuses the request ({code}); give a key that may list and read there: see "
                "aws_access_key_id and aws_secret_access_key",
            )
        return BucketError(
            code, f"{self._where} does not answer as it should ({_told(fault)}); see aws_endpoint_url"
        )

    @property
    def _where(self) -> str:
        return f"bucket {self.bucket} of {self.endpoint}"


def _told(fault: Exception) -> str:
    """What may be told of a fault: S3's own word for it, or its type."""
    return (code_of(fault) or type(fault).__name__)[:_LONGEST_TEXT]
