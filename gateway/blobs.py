"""Blobs as clients see them: looked up, signed, read. They come in through uploads and from services."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from bakehouse.blobs.blobs import blob_key
from bakehouse.blobs.port import ObjectStore
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.rpc.names import BLOBS, ResourceName
from gateway.projects import Projects
from gateway.urls import SignedUrl, Urls

MAX_ASKED = 1000

_PIECE_BYTES = 256 << 10
_ASKED_AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Stored bytes of a project."""

    project: str
    digest: Digest
    size_bytes: int

    @property
    def name(self) -> ResourceName:
        """Its name in the API."""
        return name_of(self.project, self.digest)


class StoredBlobs:
    """The blobs of all projects."""

    def __init__(self, store: ObjectStore, projects: Projects, urls: Urls) -> None:
        self._store = store
        self._projects = projects
        self._urls = urls

    async def get(self, project: str, digest: Digest) -> Blob:
        """What is known of a blob.

        Raises:
            NotFoundError: the project has none of this digest.
        """
        await self._projects.require_room(project)
        found = await asyncio.to_thread(self._store.stat, blob_key(project, digest))
        if found is None:
            name = name_of(project, digest)
            raise NotFoundError(
                f"{name} is not there; upload it, or check the name", fields={"resource": str(name)}
            )
        return Blob(project=project, digest=digest, size_bytes=found.size_bytes)

    async def missing(self, project: str, digests: Sequence[Digest]) -> list[Digest]:
        """Which of some blobs the project lacks, each once, in their order.

        Raises:
            NotFoundError: there is no such project.
            InvalidInputError: they are over 1000.
        """
        if len(digests) > MAX_ASKED:
            raise InvalidInputError(
                f"sha256s: {len(digests)} in one call; ask for at most {MAX_ASKED}", field="sha256s"
            )
        await self._projects.require_room(project)
        return await asyncio.to_thread(self._missing, project, list(dict.fromkeys(digests)))

    def _missing(self, project: str, digests: Sequence[Digest]) -> list[Digest]:
        with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
            found = pool.map(lambda digest: self._store.stat(blob_key(project, digest)), digests)
            return [digest for digest, info in zip(digests, found, strict=True) if info is None]

    async def sign(self, project: str, digest: Digest) -> SignedUrl:
        """A URL to GET a blob from.

        Raises:
            NotFoundError: the project has none of this digest.
        """
        await self.get(project, digest)
        return self._urls.to_get(blob_key(project, digest))

    async def read(
        self, project: str, digest: Digest, *, offset: int, limit: int
    ) -> AsyncGenerator[bytes, None]:
        """The bytes of a blob from `offset`, `limit` at most (0: all), in pieces of at most 256 KiB.

        Raises:
            NotFoundError: the project has none of this digest.
            InvalidInputError: `offset` is behind its end, or one of both is negative.
        """
        blob = await self.get(project, digest)
        if not 0 <= offset <= blob.size_bytes:
            raise InvalidInputError(
                f"offset_bytes: {offset} is not in {blob.name}, which has {blob.size_bytes} bytes",
                field="offset_bytes",
            )
        if limit < 0:
            raise InvalidInputError(f"limit_bytes: {limit} is negative; give 0 for all", field="limit_bytes")
        rest = blob.size_bytes - offset
        length = min(limit, rest) if limit else rest
        chunks = await asyncio.to_thread(
            partial(self._store.read, blob_key(project, digest), start=offset, length=length)
        )
        async for chunk in from_thread(chunks):
            for begin in range(0, len(chunk), _PIECE_BYTES):
                yield chunk[begin : begin + _PIECE_BYTES]


async def from_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks of a synchronous iterator, each fetched when it is asked for."""
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk


def name_of(project: str, digest: Digest) -> ResourceName:
    """The name of a blob in the API."""
    return ResourceName(project=project, collection=BLOBS, id=digest)
