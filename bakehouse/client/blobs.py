"""Blobs through the client: bytes by their digest, checked against it, and gone on with after a break."""

import fcntl
import hashlib
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import grpc

from bakehouse.backoff import delays
from bakehouse.blobs.disk import disk_error
from bakehouse.client.calls import Caller, is_passing
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import CorruptionError, StateError
from bakehouse.rpc.names import BLOBS, ResourceName, project_name
from bakehouse.v1 import blob_pb2
from bakehouse.v1.blob_pb2_grpc import BlobServiceStub

_CHUNK_BYTES = 1 << 20
_PATIENCE_S = 120.0
_ASKED_AT_ONCE = 1000

Progress = Callable[[int, int], None]
"""Told, in the thread of the caller, how many bytes of how many are there."""


class BlobReader:
    """`client.blobs`. A blob is named by its digest and its project's id."""

    def __init__(self, channel: grpc.Channel, caller: Caller) -> None:
        self._stub = BlobServiceStub(channel)
        self._caller = caller

    def size_bytes(self, digest: Digest, *, project: str = "default") -> int:
        """How long the blob is.

        Raises:
            NotFoundError: it is not there, or not for this token.
        """
        request = blob_pb2.GetBlobRequest(name=_name(digest, project))
        return self._caller.call(self._stub.GetBlob, request).size_bytes

    def missing(self, digests: Iterable[Digest], *, project: str = "default") -> set[Digest]:
        """Those of these blobs that the project lacks.

        Raises:
            NotFoundError: the project is not there.
        """
        wanted = list(dict.fromkeys(digests))
        missing: set[Digest] = set()
        for start in range(0, len(wanted), _ASKED_AT_ONCE):
            request = blob_pb2.FindMissingBlobsRequest(
                parent=project_name(project), sha256s=wanted[start : start + _ASKED_AT_ONCE]
            )
            missing |= set(
                map(Digest, self._caller.call(self._stub.FindMissingBlobs, request).missing_sha256s)
            )
        return missing

    def read(self, digest: Digest, *, project: str = "default") -> bytes:
        """The whole blob, in memory.

        Raises:
            NotFoundError: it is not there, or not for this token.
            CorruptionError: what came is not what its digest says.
            UnavailableError: the studio was away for two minutes.
        """
        size = self.size_bytes(digest, project=project)
        data = b"".join(self._rest(_name(digest, project), 0, size))
        if digest_bytes(data) != digest:
            raise _damaged(digest)
        return data

    def stream(self, digest: Digest, *, project: str = "default") -> Iterator[bytes]:
        """The blob in pieces. Do not rely on them before the end is reached.

        Raises:
            NotFoundError, CorruptionError, UnavailableError: as `read`; the second at the end.
        """
        running = hashlib.sha256()
        for chunk in self._rest(_name(digest, project), 0, self.size_bytes(digest, project=project)):
            running.update(chunk)
            yield chunk
        if running.hexdigest() != digest:
            raise _damaged(digest)

    def download(
        self, digest: Digest, path: Path, *, project: str = "default", progress: Progress | None = None
    ) -> None:
        """Write the blob to `path`: all of it and checked, or nothing.

        What has come lies in a hidden file beside `path`; after a failure, or in another process, the same
        call goes on behind it.

        Raises:
            NotFoundError: the blob is not there, or not for this token.
            CorruptionError: what came is not what its digest says. It was thrown away.
            StateError: another process is downloading it to the same place.
            UnavailableError: the studio was away for two minutes, or the file can't be written.
            CapacityError: the disk is full.
        """
        size = self.size_bytes(digest, project=project)
        aside = path.with_name(f".{path.name}.{digest[:16]}")
        with _local_errors(path), aside.open("a+b") as file:
            _claim(file, path)
            running = _hash_of(file)
            num_bytes = file.tell()
            for chunk in self._rest(_name(digest, project), num_bytes, size):
                file.write(chunk)
                running.update(chunk)
                num_bytes += len(chunk)
                if progress is not None:
                    progress(num_bytes, size)
            if running.hexdigest() != digest:
                aside.unlink()
                raise _damaged(digest)
            file.flush()
            os.fsync(file.fileno())
            aside.replace(path)

    def _rest(self, name: str, start: int, size: int) -> Iterator[bytes]:
        """The bytes from `start`; a broken stream is asked for again where it broke."""
        waits = delays(random.Random(), first_s=0.2)
        give_up_at = time.monotonic() + _PATIENCE_S
        while start < size:
            stream = self._stub.ReadBlob(blob_pb2.ReadBlobRequest(name=name, offset_bytes=start))
            try:
                for message in stream:
                    start += len(message.data)
                    give_up_at = time.monotonic() + _PATIENCE_S
                    yield message.data
            except grpc.RpcError as failure:
                error = self._caller.error_of(failure)
                if not is_passing(error) or time.monotonic() > give_up_at:
                    raise error from failure
                time.sleep(next(waits))
            finally:
                stream.cancel()


def _name(digest: Digest, project: str) -> str:
    return str(ResourceName(project=project, collection=BLOBS, id=digest))


def _damaged(digest: Digest) -> CorruptionError:
    return CorruptionError(
        f"blob {digest}: the bytes that came have another digest; read it again; if that fails, too, "
        "have it made anew"
    )


def _claim(file: BinaryIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StateError(f"{path} is being downloaded by another process; wait for it") from error


def _hash_of(file: BinaryIO) -> "hashlib._Hash":
    """The hash of what is there; the file is then at its end."""
    running = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK_BYTES):
        running.update(chunk)
    return running


@contextmanager
def _local_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_error(error, f"writing {path}", place="the local disk") from error
