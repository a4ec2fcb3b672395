"""Sends parts of an upload through the API's own stream, for where plain HTTP is not to be had."""

from collections.abc import Iterator, Sequence

import google_crc32c
import grpc

from bakehouse.client.parts import Source, part_size_bytes
from bakehouse.errors import BakehouseError, InvalidInputError
from bakehouse.v1.upload_pb2 import Upload, WritePartsRequest, WritePartsResponse

_PIECE_BYTES = 256 << 10


def send_by_stream(
    method: "grpc.StreamUnaryMultiCallable[WritePartsRequest, WritePartsResponse]",  # generic in types only
    upload: Upload,
    source: Source,
    parts: Sequence[int],
) -> None:
    """Send the parts in one call.

    Raises:
        grpc.RpcError: the call failed; some of the parts may have arrived.
        InvalidInputError: the source changed.
    """
    pieces = _Pieces(upload, source, parts)
    try:
        method(iter(pieces))
    except grpc.RpcError:
        if pieces.failure is not None:
            raise pieces.failure from None
        raise


class _Pieces:
    """The messages of a call. gRPC takes them in a thread of its own, where an error would only be logged."""

    def __init__(self, upload: Upload, source: Source, parts: Sequence[int]) -> None:
        self._upload = upload
        self._source = source
        self._parts = parts
        self.failure: BakehouseError | None = None

    def __iter__(self) -> Iterator[WritePartsRequest]:
        try:
            for part in self._parts:
                yield from self._of_part(part)
        except (BakehouseError, OSError) as error:
            self.failure = error if isinstance(error, BakehouseError) else _unreadable(error)
            yield WritePartsRequest(part=-1)  # the studio refuses it, which ends the call

    def _of_part(self, part: int) -> Iterator[WritePartsRequest]:
        offset = 0
        start, size = part * self._upload.part_size_bytes, part_size_bytes(self._upload, part)
        for data in self._source.pieces(start, size, piece_bytes=_PIECE_BYTES):
            yield WritePartsRequest(
                name=self._upload.name,
                part=part,
                offset_bytes=offset,
                data=data,
                crc32c=google_crc32c.value(data),
            )
            offset += len(data)


def _unreadable(error: OSError) -> InvalidInputError:
    return InvalidInputError(f"the source can't be read any more ({error.strerror}); send it again")
