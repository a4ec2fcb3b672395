"""Where an adapter puts the bytes of a file as they come: in memory or aside on disk, then in the store."""

import hashlib
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.disk import disk_error
from bakehouse.blobs.port import CHUNK_BYTES
from bakehouse.digest import Digest
from services.dataset.ports import Fetched, FetchFailedError

_IN_MEMORY_BYTES = 8 << 20


class Sink:
    """The bytes of one file so far: `size_bytes` of at most `most_bytes`. They are gone when it is left."""

    def __init__(self, *, most_bytes: int) -> None:
        self.size_bytes = 0
        self._most_bytes = most_bytes
        self._digest = hashlib.sha256()
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - see __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            FetchFailedError: they are more than a file may have.
            CapacityError, UnavailableError: the disk has no room, or is not there.
        """
        self.size_bytes += len(data)
        if self.size_bytes > self._most_bytes:
            raise FetchFailedError("too_large", f"over {self._most_bytes >> 20} MiB; make it smaller")
        self._digest.update(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise disk_error(error, "fetching a file", place="the folder for temporary files") from error

    def store(self, blobs: Blobs, *, etag: str = "") -> Fetched:
        """Make all that came a blob.

        Raises:
            CapacityError, UnavailableError: the store has no room, or is away.
        """
        digest = Digest(self._digest.hexdigest())
        blobs.put_stream(self.chunks(), digest=digest, size_bytes=self.size_bytes)
        return Fetched(digest=digest, size_bytes=self.size_bytes, etag=etag)

    def chunks(self) -> Iterator[bytes]:
        """All that came, from the beginning."""
        self._file.seek(0)
        while chunk := self._file.read(CHUNK_BYTES):
            yield chunk
