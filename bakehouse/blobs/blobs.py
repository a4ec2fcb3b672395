"""Blobs: bytes of a project named by their SHA-256, written once, checked whenever they are read whole."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from bakehouse.blobs.disk import disk_error, sync
from bakehouse.blobs.port import CHUNK_BYTES, ObjectStore
from bakehouse.digest import Digest, digest_bytes, digest_chunks
from bakehouse.errors import BakehouseError, CorruptionError, InvalidInputError, NotFoundError
from bakehouse.ids import parse_id

_AT_ONCE_BYTES = 32 << 20


def blob_key(project: str, digest: Digest) -> str:
    """Where the blob lies in the store."""
    return f"{project}/blobs/sha256/{digest[:2]}/{digest}"


class Blobs:
    """The blobs of one project.

    Methods raise what those of the store raise: `UnavailableError`, `CapacityError`, and `NotFoundError`
    where a blob is read that is not there.

    Raises:
        InvalidInputError: `project` is no id.
    """

    def __init__(self, store: ObjectStore, project: str) -> None:
        self.store = store
        self.project = parse_id(project, field="project")

    def put(self, data: bytes, *, digest: Digest | None = None) -> Digest:
        """Store `data`, unless it is there, durably. Who has its digest already may say it."""
        digest = digest or digest_bytes(data)
        self._write(digest, [data], size_bytes=len(data))
        return digest

    def put_stream(self, chunks: Iterable[bytes], *, digest: Digest, size_bytes: int) -> None:
        """Store what `chunks` give, in flat memory. They are not touched where the blob is there.

        Raises:
            InvalidInputError: they are of another size or digest; then nothing is stored.
        """
        refusal = InvalidInputError(
            f"the bytes that came do not have the digest {digest}; send those that have", field="digest"
        )
        self._write(digest, _checked(chunks, digest, refusal), size_bytes=size_bytes)

    def put_file(self, path: Path) -> Digest:
        """Store a file, in flat memory.

        Raises:
            InvalidInputError: it changed meanwhile; then nothing is stored.
            OSError: it can't be read.
        """
        if path.stat().st_size <= _AT_ONCE_BYTES:  # read and hashed once, not twice
            return self.put(path.read_bytes())
        digest = digest_chunks(_file_chunks(path))
        self.put_stream(_file_chunks(path), digest=digest, size_bytes=path.stat().st_size)
        return digest

    def get(self, digest: Digest) -> bytes:
        """The whole blob.

        Raises:
            CorruptionError: it is not what its digest says.
        """
        return b"".join(self.open(digest))

    def open(self, digest: Digest) -> Iterator[bytes]:
        """The blob in chunks of at most 1 MiB. Do not rely on them before the end is reached.

        Raises:
            NotFoundError: it is not there (raised at the call).
            CorruptionError: it is not what its digest says (raised at the end).
        """
        key = self._key(digest)
        refusal = CorruptionError(
            f"project {self.project}: {key} is damaged; restore it from a backup, or delete it and let it be "
            "made again",
            fields={"project": self.project, "key": key},
        )
        return _checked(self.store.read(key), digest, refusal)

    def read(self, digest: Digest, start: int, length: int) -> bytes:
        """A range of the blob. Nothing is checked: its user has a checksum of the range, or needs none.

        Raises:
            InvalidInputError: it is not inside the blob.
        """
        return b"".join(self.store.read(self._key(digest), start=start, length=length))

    def fetch(self, digest: Digest, path: Path) -> None:
        """Write the blob to `path`, all of it and checked, or nothing. The folder must be there.

        Raises:
            CorruptionError: it is not what its digest says.
        """
        aside = path.with_name(f".{path.name}.{token_hex(4)}")
        try:
            with aside.open("xb") as file:
                for chunk in self.open(digest):
                    file.write(chunk)
                file.flush()
                sync(file.fileno())
            aside.replace(path)
        except OSError as error:
            raise disk_error(error, f"fetching {self._key(digest)}", place="the local disk") from error
        finally:
            with suppress(OSError):
                aside.unlink()

    def has(self, digest: Digest) -> bool:
        """Whether the blob is there. Its bytes are not looked at."""
        return self.store.stat(self._key(digest)) is not None

    def size_bytes(self, digest: Digest) -> int:
        """How long the blob is."""
        found = self.store.stat(self._key(digest))
        if found is None:
            raise NotFoundError(f"{self._key(digest)} is not in the store")
        return found.size_bytes

    def _key(self, digest: Digest) -> str:
        return blob_key(self.project, digest)

    def _write(self, digest: Digest, chunks: Iterable[bytes], *, size_bytes: int) -> None:
        found = self.store.stat(self._key(digest))
        if found is None or found.size_bytes != size_bytes:
            self.store.put(self._key(digest), chunks, size_bytes=size_bytes)


def _checked(chunks: Iterable[bytes], digest: Digest, refusal: BakehouseError) -> Iterator[bytes]:
    """The chunks; at their end `refusal` is raised if their digest is another."""
    running = hashlib.sha256()
    for chunk in chunks:
        running.update(chunk)
        yield chunk
    if running.hexdigest() != digest:
        raise refusal


def _file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
