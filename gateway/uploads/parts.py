"""The parts of uploads in the store. What a listing shows is what has arrived: no process knows more.

Synchronous, for any thread.
"""

import re
import threading
from collections.abc import Iterator

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import ObjectInfo, ObjectStore
from bakehouse.errors import UnavailableError
from gateway.uploads.record import PartRange, Upload, ranges_of

_PART = re.compile(r"[0-9]{5}")


class Parts:
    """Names, lists, reads and removes parts."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def key(self, upload: Upload, part: int) -> str:
        """Where a part lies."""
        return f"{_folder(upload)}{part:05d}"

    def received(self, upload: Upload) -> tuple[PartRange, ...]:
        """The parts that are there, with the size that they should have."""
        return ranges_of(part for part, size in self._listed(upload) if size == upload.body.part_bytes(part))

    def join(self, upload: Upload, stop: threading.Event) -> None:
        """Make the parts a blob, in flat memory; nothing is read where it is there.

        Raises:
            InvalidInputError: they give another digest or size; then there is no blob.
            NotFoundError: one has gone.
            UnavailableError: the store is away, or `stop` was set.
        """
        blobs = Blobs(self._store, upload.resource.project)
        blobs.put_stream(
            self._chunks(upload, stop), digest=upload.body.digest, size_bytes=upload.body.size_bytes
        )

    def remove(self, upload: Upload) -> None:
        """Remove all parts that are there."""
        self._store.delete(self._keys(upload))

    def _keys(self, upload: Upload) -> list[str]:
        entries = self._store.list(_folder(upload))
        return [entry.key for entry in entries if isinstance(entry, ObjectInfo)]

    def _listed(self, upload: Upload) -> Iterator[tuple[int, int]]:
        for entry in self._store.list(_folder(upload)):
            if isinstance(entry, ObjectInfo):
                name = entry.key.rpartition("/")[2]
                if _PART.fullmatch(name) and int(name) < upload.body.num_parts:
                    yield int(name), entry.size_bytes

    def _chunks(self, upload: Upload, stop: threading.Event) -> Iterator[bytes]:
        for part in range(upload.body.num_parts):
            for chunk in self._store.read(self.key(upload, part)):
                if stop.is_set():
                    raise UnavailableError("the server is stopping; complete the upload again")
                yield chunk


def _folder(upload: Upload) -> str:
    return f"{upload.resource.project}/uploads/{upload.resource.id}/"
