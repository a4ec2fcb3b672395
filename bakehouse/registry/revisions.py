"""The revisions of resources as objects of the store: what the buckets are rebuilt from.

A revision is written before its swap. Whoever then loses the swap removes its candidate. Where a crash
left two candidates for one revision, the one of higher rank counts (for jobs the later epoch), then the
later one: whoever did not hear whether its swap took place tries again, and is later.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from time import time_ns

from bakehouse.blobs.port import ObjectInfo, ObjectStore
from bakehouse.errors import UnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRef:
    """A resource's address: `kind` is the singular, `job`."""

    project: str
    kind: str
    id: str

    @property
    def key(self) -> str:
        """Its key in a bucket."""
        return f"{self.project}.{self.kind}.{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What may become revision `version` of a resource; versions count from 1."""

    version: int
    rank: int = 0
    data: bytes


class Revisions:
    """Reads and writes revisions. Synchronous, for any thread."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def write(self, ref: ResourceRef, candidate: Candidate) -> str:
        """Store a candidate; its key, to remove it if the swap is lost."""
        key = f"{_folder(ref)}{candidate.version:08d}-{candidate.rank:08d}-{time_ns():020d}-{token_hex(4)}"
        self._store.put(key, [candidate.data], size_bytes=len(candidate.data))
        return key

    def remove(self, key: str) -> None:
        """Remove a candidate that lost. A store that is away keeps it, which does no harm."""
        with suppress(UnavailableError):
            self._store.delete([key])

    def forget(self, ref: ResourceRef) -> None:
        """Remove every revision of a resource that is to be no more.

        Raises:
            UnavailableError: the store is away; some may be left.
        """
        self._store.delete(
            entry.key for entry in self._store.list(_folder(ref)) if isinstance(entry, ObjectInfo)
        )

    def latest(self, ref: ResourceRef) -> bytes | None:
        """The newest revision of a resource."""
        keys = [entry.key for entry in self._store.list(_folder(ref)) if isinstance(entry, ObjectInfo)]
        return b"".join(self._store.read(max(keys))) if keys else None

    def all(self) -> Iterator[tuple[ResourceRef, bytes]]:
        """Every resource of every project with its newest revision."""
        for project in self._folders(""):
            for kind in self._folders(f"{project}registry/"):
                yield from self._of_kind(project.rstrip("/"), kind)

    def _of_kind(self, project: str, folder: str) -> Iterator[tuple[ResourceRef, bytes]]:
        kind = folder.rstrip("/").rpartition("/")[2]
        for path in self._folders(folder):
            ref = ResourceRef(project=project, kind=kind, id=path.rstrip("/").rpartition("/")[2])
            data = self.latest(ref)
            if data is not None:
                yield ref, data

    def _folders(self, prefix: str) -> Iterator[str]:
        return (entry for entry in self._store.list(prefix, recursive=False) if isinstance(entry, str))


def _folder(ref: ResourceRef) -> str:
    return f"{ref.project}/registry/{ref.kind}/{ref.id}/"
