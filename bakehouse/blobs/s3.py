"""The object store in a bucket of any S3, through minio-py, whose import costs memory: see `open_store`."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from random import Random

from minio.datatypes import Object

from bakehouse.blobs.chunks import exactly, in_parts
from bakehouse.blobs.port import (
    Capabilities,
    Method,
    ObjectInfo,
    check_key,
    check_prefix,
    check_presign,
    check_range,
)
from bakehouse.blobs.s3_client import S3Client
from bakehouse.blobs.s3_download import Download
from bakehouse.blobs.s3_faults import FAULTS
from bakehouse.blobs.s3_location import S3Location
from bakehouse.blobs.s3_order import PAGE, Entry, Listing, Page
from bakehouse.blobs.s3_probe import probe
from bakehouse.blobs.s3_retries import Retries
from bakehouse.errors import InvalidInputError, NotFoundError, UnavailableError
from bakehouse.logs import get_logger

_PART_BYTES = 8 << 20
_MAX_PARTS = 10_000
_DELETE_BATCH = 1000

log = get_logger()


class S3Store:
    """An `ObjectStore`.

    Passing faults are retried for `patience_s`; a call takes that or two silent requests, see `Retries`.
    """

    def __init__(
        self,
        location: S3Location,
        *,
        patience_s: float = 60.0,
        read_timeout_s: float = 60.0,
        random: Random | None = None,
    ) -> None:
        self._location = location
        self._client = S3Client(location, read_timeout_s=read_timeout_s)
        self._retries = Retries(location, patience_s=patience_s, random=random or Random())

    def create_bucket(self) -> None:
        """Make the bucket; no error where this key's owner has it already."""
        self._retries.call(self._client.create_bucket, "making the bucket")

    def put(self, key: str, chunks: Iterable[bytes], *, size_bytes: int) -> None:
        """As the port says. Up to 8 MiB go in one request, more in parts of which one is in memory."""
        name = self._location.name(check_key(key))
        action = f"writing {key}"
        whole = exactly(chunks, size_bytes, key=key)
        if size_bytes <= _PART_BYTES:
            self._retries.call(partial(self._client.put_bytes, name, b"".join(whole)), action)
        else:
            part_bytes = max(_PART_BYTES, -(-size_bytes // _MAX_PARTS))
            self._put_parts(name, in_parts(whole, part_bytes), action)

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """As the port says."""
        name = self._location.name(check_key(key))
        if start < 0 or (length is not None and length <= 0):
            return self._nothing(key, start, length)
        chunks = Download(self._client, self._retries, key=key, name=name).chunks(start, length)
        try:
            next(chunks)
        except InvalidInputError:
            # S3 refuses even the empty range at the very end.
            return self._nothing(key, start, length)
        return chunks

    def stat(self, key: str) -> ObjectInfo | None:
        """As the port says."""
        name = self._location.name(check_key(key))
        try:
            found = self._retries.call(partial(self._client.head, name), f"looking for {key}")
        except NotFoundError:
            return None
        return self._info(found)

    def list(self, prefix: str, *, after: str = "", recursive: bool = True) -> Iterator[ObjectInfo | str]:
        """As the port says."""
        yield from Listing(self._page, recursive=recursive).entries(check_prefix(prefix), after)

    def delete(self, keys: Iterable[str]) -> None:
        """As the port says."""
        names = (self._location.name(check_key(key)) for key in keys)
        while batch := list(islice(names, _DELETE_BATCH)):
            action = f"deleting {batch[0]} and {len(batch) - 1} more"
            self._retries.call(partial(self._client.delete_page, batch), action)

    def presign(self, key: str, *, method: Method, expires_s: int, size_bytes: int | None = None) -> str:
        """As the port says. The size is signed as the Content-Length."""
        check_presign(method, expires_s=expires_s, size_bytes=size_bytes)
        name = self._location.name(check_key(key))
        return self._client.presigned(name, method=method, expires_s=expires_s, size_bytes=size_bytes)

    def probe(self) -> Capabilities:
        """As the port says."""
        return probe(self, self._client, self._retries, self._location)

    def _put_parts(self, name: str, parts: Iterator[bytes], action: str) -> None:
        upload = self._retries.call(partial(self._client.begin_upload, name), action)
        try:
            done = [
                self._retries.call(partial(self._client.put_part, name, upload, number, part), action)
                for number, part in enumerate(parts, start=1)
            ]
            self._retries.call(partial(self._client.finish_upload, name, upload, done), action)
        except BaseException:
            self._abandon(name, upload)
            raise

    def _abandon(self, name: str, upload: str) -> None:
        try:
            self._client.abandon_upload(name, upload)
        except FAULTS as fault:
            # The store's rule for incomplete uploads has to remove it.
            log.warning("s3_upload_left", name=name, reason=type(fault).__name__)

    def _nothing(self, key: str, start: int, length: int | None) -> Iterator[bytes]:
        """No bytes, if that is what the range holds."""
        found = self.stat(key)
        if found is None:
            raise NotFoundError(f"{key} is not in the store")
        if check_range(key, start=start, length=length, size_bytes=found.size_bytes) > start:
            raise UnavailableError(f"{key} was replaced while it was read; read it again")
        return iter(())

    def _page(self, prefix: str, *, after: str, token: str, folded: bool) -> Page:
        request = partial(
            self._client.list_page,
            self._location.name(prefix),
            after=self._location.name(after) if after else "",
            token=token,
            delimiter="/" if folded else "",
            size=PAGE,
        )
        found, next_token = self._retries.call(request, f"listing {prefix}")
        return [self._entry(entry) for entry in found], next_token

    def _entry(self, found: Object) -> Entry:
        # A folded prefix has nothing but a name.
        return self._info(found) if found.last_modified else self._location.key(found.object_name or "")

    def _info(self, found: Object) -> ObjectInfo:
        if found.object_name is None or found.size is None or found.last_modified is None:
            raise UnavailableError(
                f"{self._location.endpoint} describes an object incompletely; is it an S3?"
            )
        key = self._location.key(found.object_name)
        # Some say milliseconds in a listing and seconds in a HEAD.
        modified = found.last_modified.replace(microsecond=0)
        return ObjectInfo(key=key, size_bytes=found.size, modified=modified)
