"""Parts that come through the call itself: checked piece by piece, stored when they are whole."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import google_crc32c

from bakehouse.errors import InvalidInputError, UnavailableError
from bakehouse.registry.revisions import ResourceRef
from gateway.uploads.intake import Intake
from gateway.uploads.parts import Parts
from gateway.uploads.record import Upload
from gateway.uploads.uploads import Uploads

_SILENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a part. `upload` is None where it is that of the piece before."""

    upload: ResourceRef | None
    part: int
    offset_bytes: int
    data: bytes
    crc32c: int


class PartWriter:
    """Takes streams of pieces. What was whole when one broke off stays."""

    def __init__(self, uploads: Uploads, parts: Parts, intake: Intake) -> None:
        self._uploads = uploads
        self._parts = parts
        self._intake = intake

    async def write(self, pieces: AsyncIterator[Piece]) -> Upload:
        """Store the parts that `pieces` bring; the upload afterwards.

        Raises:
            InvalidInputError: a piece is not what has to come next, or damaged.
            NotFoundError, StateError: the upload is not there, or takes no parts.
            CapacityError: too many parts are being written.
            UnavailableError: in the middle of a part nothing came for a minute.
        """
        piece = await anext(pieces, None)
        if piece is None or piece.upload is None:
            raise InvalidInputError("name: the first message has to name the upload", field="name")
        ref = piece.upload
        upload = await self._uploads.read_open(ref)
        while piece is not None:
            await self._write_part(upload, piece, pieces)
            piece = await anext(pieces, None)
        return await self._uploads.get(ref)

    async def _write_part(self, upload: Upload, first: Piece, pieces: AsyncIterator[Piece]) -> None:
        size_bytes = upload.body.part_bytes(first.part)
        key = self._parts.key(upload, first.part)
        piece, done = first, 0
        _check(piece, upload, part=first.part, offset=0, size_bytes=size_bytes)
        async with self._intake.storing(key, size_bytes=size_bytes) as feed:
            while True:
                await feed.send(piece.data)
                done += len(piece.data)
                if done == size_bytes:
                    return
                piece = await _next(pieces, part=first.part, done=done, size_bytes=size_bytes)
                _check(piece, upload, part=first.part, offset=done, size_bytes=size_bytes)


async def _next(pieces: AsyncIterator[Piece], *, part: int, done: int, size_bytes: int) -> Piece:
    try:
        async with asyncio.timeout(_SILENCE_S):
            piece = await anext(pieces, None)
    except TimeoutError as error:
        raise UnavailableError(
            f"part {part}: nothing came for {_SILENCE_S:g} s; send the part again"
        ) from error
    if piece is None:
        raise InvalidInputError(
            f"part {part} ended after {done} of {size_bytes} bytes; send it again, to its end", field="data"
        )
    return piece


def _check(piece: Piece, upload: Upload, *, part: int, offset: int, size_bytes: int) -> None:
    if piece.upload not in {None, upload.resource.ref}:
        raise InvalidInputError("name: another upload; one stream writes to one upload", field="name")
    if piece.part != part:
        raise InvalidInputError(
            f"part: {piece.part} begins before part {part} has all of its {size_bytes} bytes", field="part"
        )
    if piece.offset_bytes != offset:
        raise InvalidInputError(
            f"offset_bytes: {piece.offset_bytes} of part {part} came, {offset} is next; send pieces in order",
            field="offset_bytes",
        )
    if not 0 < len(piece.data) <= size_bytes - offset:
        raise InvalidInputError(
            f"data: {len(piece.data)} bytes at {offset} of part {part}, which has {size_bytes}; send 1 to"
            f" {size_bytes - offset}",
            field="data",
        )
    if google_crc32c.value(piece.data) != piece.crc32c:
        raise InvalidInputError(
            f"crc32c: the data at {offset} of part {part} is damaged, or the sum is not its; send it again",
            field="crc32c",
        )
