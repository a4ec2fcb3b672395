"""minio-py with our timeouts, without its retries, and with requests that it makes but does not offer.

Only this file knows minio's inner methods; constraints.txt pins the version in which they were read.
"""

import base64
import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import certifi
import urllib3
from minio import Minio
from minio.datatypes import Object, Part, parse_list_objects
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error
from minio.helpers import DictType
from urllib3.response import BaseHTTPResponse

from bakehouse.blobs.port import Method
from bakehouse.blobs.s3_location import S3Location
from bakehouse.blobs.s3_presign import presign

_CONNECTIONS = 16
_CONNECT_TIMEOUT_S = 5
_OK = 200


class IncompleteError(MinioException):
    """A request was answered with success, but not all that it asked for was done; `code` says why."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class S3Client(Minio):
    """The requests that one store makes of its bucket. Names are those in the bucket. Nothing is retried.

    A connection that is silent for `read_timeout_s` is given up.
    """

    def __init__(self, location: S3Location, *, read_timeout_s: float = 60.0) -> None:
        endpoint = urlsplit(location.endpoint)
        super().__init__(
            endpoint.netloc,
            access_key=location.access_key,
            secret_key=location.secret_key,
            secure=endpoint.scheme == "https",
            region=location.region,
            http_client=urllib3.PoolManager(
                maxsize=_CONNECTIONS,
                timeout=urllib3.Timeout(connect=_CONNECT_TIMEOUT_S, read=read_timeout_s),
                retries=False,
                ca_certs=os.environ.get("SSL_CERT_FILE") or certifi.where(),
            ),
        )
        self._location = location
        self._bucket = location.bucket

    def create_bucket(self) -> None:
        """Make the bucket; no error where this key's owner has it already."""
        try:
            self.make_bucket(self._bucket)
        except S3Error as error:
            if error.code != "BucketAlreadyOwnedByYou":
                raise

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, etag: str = ""
    ) -> BaseHTTPResponse:
        """GET a range that is not empty, or the whole, of the object with this ETag, where one is given.

        The caller closes the response.
        """
        headers: DictType = {"If-Match": etag} if etag else {}
        return self.get_object(self._bucket, name, offset=start, length=length or 0, request_headers=headers)

    def head(self, name: str) -> Object:
        """What a listing would say of one object."""
        return self.stat_object(self._bucket, name)

    def put_bytes(self, name: str, data: bytes, headers: DictType | None = None) -> None:
        """PUT one object. `headers` may make it conditional."""
        self._put_checked(name, data, headers=headers)

    def begin_upload(self, name: str) -> str:
        """The id of a new multipart upload."""
        return self._create_multipart_upload(self._bucket, name, {})

    def put_part(self, name: str, upload: str, number: int, data: bytes) -> Part:
        """PUT one part of an upload; parts are numbered from 1."""
        query: DictType = {"partNumber": str(number), "uploadId": upload}
        return Part(number, self._put_checked(name, data, query=query))

    def finish_upload(self, name: str, upload: str, parts: Sequence[Part]) -> None:
        """Make the object of its parts.

        Raises:
            IncompleteError: S3 may say 200 first and then, in the body, that it failed.
        """
        if not self._complete_multipart_upload(self._bucket, name, upload, list(parts)).etag:
            raise IncompleteError("the parts were not joined", "InternalError")

    def abandon_upload(self, name: str, upload: str) -> None:
        """Drop an upload and its parts."""
        self._abort_multipart_upload(self._bucket, name, upload)

    def list_page(
        self, prefix: str, *, after: str, token: str, delimiter: str, size: int
    ) -> tuple[list[Object], str]:
        """A page of a listing and the token of the next, empty at the end.

        Raises:
            IncompleteError: there are more, and no token.
        """
        query: DictType = {
            "list-type": "2",
            "encoding-type": "url",
            "prefix": prefix,
            "delimiter": delimiter,
            "max-keys": str(size),
        }
        if token:
            query["continuation-token"] = token
        elif after:
            query["start-after"] = after
        response = self._execute("GET", self._bucket, query_params=query)
        objects, is_truncated, next_token, _ = parse_list_objects(response)
        if is_truncated and not next_token:
            raise IncompleteError("a page came without the way to the next", "InternalError")
        return objects, (next_token or "") if is_truncated else ""

    def delete_page(self, names: Sequence[str]) -> None:
        """Remove up to 1000 objects.

        Raises:
            IncompleteError: some are left; the message names the first.
        """
        for error in self.remove_objects(self._bucket, [DeleteObject(name) for name in names]):
            if error.code != "NoSuchKey":
                raise IncompleteError(f"{error.name} was not deleted", error.code)

    def presigned(self, name: str, *, method: Method, expires_s: int, size_bytes: int | None) -> str:
        """A URL as `ObjectStore.presign` says."""
        url = self._base_url.build(
            method=method, region=self._location.region, bucket_name=self._bucket, object_name=name
        )
        now = datetime.now(tz=UTC)
        return presign(url, self._location, method=method, at=now, expires_s=expires_s, size_bytes=size_bytes)

    def is_answered(self, url: str) -> bool:
        """Whether a plain GET of `url` succeeds."""
        return self._http.request("GET", url).status == _OK

    def _put_checked(
        self, name: str, data: bytes, *, query: DictType | None = None, headers: DictType | None = None
    ) -> str:
        # Over http minio-py signs the body's SHA-256, but SeaweedFS 4.48 does not compare it: it stored a
        # body with a flipped byte. Every store compares the MD5.
        md5 = hashlib.md5(data, usedforsecurity=False).digest()
        checked = {**(headers or {}), "Content-MD5": base64.b64encode(md5).decode()}
        return self._put_object(self._bucket, name, data, checked, query).etag or ""
