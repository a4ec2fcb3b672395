"""Uploads through the client: bytes are hashed first, and only what the studio lacks is sent."""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import grpc

from bakehouse.backoff import delays
from bakehouse.canonical_json import canonical_digest
from bakehouse.client.by_stream import send_by_stream
from bakehouse.client.by_url import Placed, UrlSender
from bakehouse.client.calls import Caller, is_passing
from bakehouse.client.parts import (
    CHUNK_BYTES,
    Source,
    changed,
    missing_parts,
    part_size_bytes,
    ranges_of,
    source_of,
)
from bakehouse.digest import Digest, digest_chunks
from bakehouse.errors import CorruptionError, StateError, UnavailableError
from bakehouse.rpc.names import project_name
from bakehouse.v1 import upload_pb2
from bakehouse.v1.upload_pb2_grpc import UploadServiceStub

_ROUNDS = 3
_SIGNED_AT_ONCE = 64  # few enough that the last URL is used before it expires
_PATIENCE_S = 120.0
_COMPLETE_S = 60.0
_SMALL_BYTES = 1 << 20
_COMPLETE_BYTES_PER_S = 10 << 20  # the studio reads all of it, to check it

Progress = Callable[[int, int], None]
"""Told, in the thread of the caller, how many bytes of how many are there."""


class Uploads:
    """`client.uploads`."""

    def __init__(self, channel: grpc.Channel, caller: Caller, *, ca: str = "") -> None:
        self._stub = UploadServiceStub(channel)
        self._caller = caller
        self._ca = ca

    def send(
        self,
        source: bytes | Path,
        *,
        project: str = "default",
        content_type: str = "",
        progress: Progress | None = None,
    ) -> Digest:
        """Make `source`, a file or bytes, a blob of the project; its digest.

        What is there already is not sent. A broken connection is mended; after a failure, or in another
        process, the same call goes on where the last one ended.

        Raises:
            InvalidInputError: the file can't be read, changed meanwhile, or is too large.
            NotFoundError: the project is not there.
            UnavailableError: the studio was away for two minutes.
            CorruptionError: what arrives is damaged, time and again.
        """
        return self._send(source_of(source), project, content_type=content_type, progress=progress)

    def send_known(
        self, source: Source, *, project: str = "default", progress: Progress | None = None
    ) -> Digest:
        """The same of bytes whose digest is known already. Small ones go by the stream: fewer calls.

        Raises:
            BakehouseError: as `send` does.
        """
        return self._send(source, project, progress=progress, by_url=source.size_bytes > _SMALL_BYTES)

    def _send(
        self,
        found: Source,
        project: str,
        *,
        content_type: str = "",
        progress: Progress | None = None,
        by_url: bool = True,
    ) -> Digest:
        request = upload_pb2.CreateUploadRequest(
            parent=project_name(project),
            upload=upload_pb2.Upload(
                size_bytes=found.size_bytes,
                sha256=found.digest,
                content_type=content_type,
                filename=found.filename,
            ),
            # The same file again is the same upload: that is how another process goes on with it.
            request_id=canonical_digest([found.digest, found.size_bytes, content_type, found.filename]),
        )
        upload = self._caller.call(self._stub.CreateUpload, request)
        for rounds_left in reversed(range(_ROUNDS)):
            if upload.state == upload_pb2.Upload.STATE_COMPLETE:
                break
            transfer = _Transfer(self._stub, self._caller, found, progress, self._ca)
            transfer.run(upload, by_url=by_url)
            upload = self._complete(upload, found, is_last=not rounds_left)
        return found.digest

    def _complete(self, upload: upload_pb2.Upload, source: Source, *, is_last: bool) -> upload_pb2.Upload:
        """The upload, complete, or open with parts to be sent again."""
        try:
            request = upload_pb2.CompleteUploadRequest(name=upload.name)
            timeout_s = _COMPLETE_S + upload.size_bytes / _COMPLETE_BYTES_PER_S
            return self._caller.call(self._stub.CompleteUpload, request, timeout_s=timeout_s)
        except (StateError, CorruptionError) as error:
            if isinstance(error, CorruptionError) and _is_changed(source):
                raise changed(source) from error
            if is_last:
                raise
        return self._caller.call(self._stub.GetUpload, upload_pb2.GetUploadRequest(name=upload.name))


class _Transfer:
    """One round: sends what is missing, by URLs while they work, the rest by the stream."""

    def __init__(
        self, stub: UploadServiceStub, caller: Caller, source: Source, progress: Progress | None, ca: str
    ) -> None:
        self._stub = stub
        self._caller = caller
        self._source = source
        self._progress = progress
        self._urls = UrlSender(source, ca=ca)

    def run(self, upload: upload_pb2.Upload, *, by_url: bool) -> None:
        """Send the missing parts of `upload`."""
        if by_url:
            try:
                self._by_url(upload)
            except (StateError, UnavailableError):  # nobody answers URLs, or not to calls from here
                pass
            else:
                return
        self._by_stream(upload)

    def _by_url(self, upload: upload_pb2.Upload) -> None:
        missing = missing_parts(upload)
        num_bytes = self._tell(upload, missing)
        while missing:
            parts, missing = missing[:_SIGNED_AT_ONCE], missing[_SIGNED_AT_ONCE:]
            request = upload_pb2.SignPartsRequest(name=upload.name, parts=ranges_of(parts))
            signed = self._caller.call(self._stub.SignParts, request).parts
            placed = [Placed(signed=part, start=part.part * upload.part_size_bytes) for part in signed]
            for arrived in self._urls.send(placed):
                num_bytes += arrived.size_bytes
                if self._progress is not None:
                    self._progress(num_bytes, upload.size_bytes)

    def _by_stream(self, upload: upload_pb2.Upload) -> None:
        waits = delays(random.Random(), first_s=0.2)
        give_up_at = time.monotonic() + _PATIENCE_S
        num_there = -1
        while True:
            request = upload_pb2.GetUploadRequest(name=upload.name)
            missing = missing_parts(self._caller.call(self._stub.GetUpload, request))
            num_bytes = self._tell(upload, missing)
            if not missing:
                return
            if num_bytes > num_there:
                num_there, give_up_at = num_bytes, time.monotonic() + _PATIENCE_S
            try:
                send_by_stream(self._stub.WriteParts, upload, self._source, missing)
            except grpc.RpcError as failure:
                error = self._caller.error_of(failure)
                if not is_passing(error) or time.monotonic() > give_up_at:
                    raise error from failure
                time.sleep(next(waits))

    def _tell(self, upload: upload_pb2.Upload, missing: Sequence[int]) -> int:
        """How many bytes are there; the caller is told, too."""
        num_bytes = upload.size_bytes - sum(part_size_bytes(upload, part) for part in missing)
        if self._progress is not None:
            self._progress(num_bytes, upload.size_bytes)
        return num_bytes


def _is_changed(source: Source) -> bool:
    return digest_chunks(source.pieces(0, source.size_bytes, piece_bytes=CHUNK_BYTES)) != source.digest
