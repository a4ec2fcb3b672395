"""Brings files to the studio by digest: listed, then what is missing is sent, several files at a time."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

from bakehouse.client.blobs import BlobReader
from bakehouse.client.parts import Source
from bakehouse.client.uploads import Uploads
from bakehouse.digest import Digest, digest_bytes
from bakehouse.recipe.digest_memory import DigestMemory
from bakehouse.recipe.listing import FoundFile, ListedFile, make_listing

_AT_ONCE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """How far it is. `phase` is "reading" (files are hashed) or "sending" (of those that are missing)."""

    what: str
    phase: str
    done_files: int
    num_files: int
    done_bytes: int = 0
    num_bytes: int = 0


Progress = Callable[[Shipped], None]
"""Told, in the thread of the caller, how far it is."""


class Shipping:
    """Sends what a recipe names. Files that `memory` knows are not read to find out their digest."""

    def __init__(
        self,
        blobs: BlobReader,
        uploads: Uploads,
        *,
        memory: DigestMemory | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._blobs = blobs
        self._uploads = uploads
        self._memory = memory
        self._tell = progress or _tell_nobody

    def ship(self, files: Sequence[FoundFile], *, what: str, project: str) -> Digest:
        """Make the files, and their listing, blobs of `project`; the listing's digest. `what` names them.

        After a failure, or in another process, the same call goes on where the last one ended.

        Raises:
            InvalidInputError: a file can't be read, changed meanwhile, or is too large.
            NotFoundError: the project is not there.
            UnavailableError: the studio was away for two minutes.
        """
        told = partial(Shipped, what=what)
        listing = make_listing(
            files,
            memory=self._memory,
            progress=lambda done, num: self._tell(told(phase="reading", done_files=done, num_files=num)),
        )
        data = listing.to_bytes()
        digest = digest_bytes(data)
        by_digest = {file.digest: file for file in listing.files}
        missing = self._blobs.missing([*by_digest, digest], project=project)
        self._send([by_digest[found] for found in sorted(missing - {digest})], what, project)
        if digest in missing:  # last: a listing that is there names files that are there
            source = Source(
                open=partial(BytesIO, data), size_bytes=len(data), digest=digest, filename=f"{what}.jsonl"
            )
            self._uploads.send_known(source, project=project)
        return digest

    def ship_file(self, path: Path, *, what: str, project: str) -> Digest:
        """Make one file a blob of `project`; its digest. `what` names it.

        Raises:
            BakehouseError: as `ship` does.
        """
        told = partial(Shipped, what=what, phase="sending", num_files=1)
        digest = self._uploads.send(
            path,
            project=project,
            progress=lambda done, num: self._tell(told(done_files=0, done_bytes=done, num_bytes=num)),
        )
        size_bytes = path.stat().st_size
        self._tell(told(done_files=1, done_bytes=size_bytes, num_bytes=size_bytes))
        return digest

    def _send(self, files: Sequence[ListedFile], what: str, project: str) -> None:
        num_bytes = sum(file.size_bytes for file in files)
        done_bytes = 0
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            sending = {
                pool.submit(self._uploads.send_known, _source_of(file), project=project): file
                for file in _large_first(files)
            }
            for done_files, future in enumerate(as_completed(sending), start=1):
                future.result()
                done_bytes += sending[future].size_bytes
                self._tell(
                    Shipped(
                        what=what,
                        phase="sending",
                        done_files=done_files,
                        num_files=len(files),
                        done_bytes=done_bytes,
                        num_bytes=num_bytes,
                    )
                )
        finally:
            pool.shutdown(cancel_futures=True)


def _source_of(file: ListedFile) -> Source:
    return Source(
        open=lambda: file.path.open("rb"),
        size_bytes=file.size_bytes,
        digest=file.digest,
        filename=file.path.name,
    )


def _large_first(files: Iterable[ListedFile]) -> list[ListedFile]:
    return sorted(files, key=lambda file: -file.size_bytes)


def _tell_nobody(_: Shipped) -> None:
    pass
