"""The parts of an upload: which are missing, and where their bytes are. Sends nothing."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.v1.upload_pb2 import PartRange, Upload

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Bytes to send: `open` gives them from the start, as often as it is called."""

    open: Callable[[], BinaryIO]
    size_bytes: int
    digest: Digest
    filename: str = ""

    def pieces(self, start: int, length: int, *, piece_bytes: int) -> Iterator[bytes]:
        """The bytes from `start`, in pieces.

        Raises:
            InvalidInputError: they are fewer by now.
        """
        with self.open() as file:
            file.seek(start)
            while length:
                piece = file.read(min(piece_bytes, length))
                if not piece:
                    raise changed(self)
                length -= len(piece)
                yield piece


def source_of(source: bytes | Path) -> Source:
    """`source` with its digest: a file is read once for it.

    Raises:
        InvalidInputError: the file can't be read.
    """
    if isinstance(source, bytes):
        return _hashed(lambda: BytesIO(source), "")
    try:
        return _hashed(lambda: source.open("rb"), source.name)
    except OSError as error:
        raise InvalidInputError(f"{source}: {error.strerror}; name a file that can be read") from error


def changed(source: Source) -> InvalidInputError:
    """What is raised where a file is not what it was when it was hashed."""
    return InvalidInputError(f"{source.filename or 'the source'} changed while it was sent; send it again")


def missing_parts(upload: Upload) -> list[int]:
    """The numbers of the parts that have not arrived, in order."""
    num_parts = -(-upload.size_bytes // upload.part_size_bytes) if upload.size_bytes else 0
    there = {n for found in upload.received_parts for n in range(found.first, found.last + 1)}
    return [n for n in range(num_parts) if n not in there]


def part_size_bytes(upload: Upload, part: int) -> int:
    """How many bytes a part has."""
    return min(upload.part_size_bytes, upload.size_bytes - part * upload.part_size_bytes)


def ranges_of(parts: Iterable[int]) -> list[PartRange]:
    """Part numbers, sorted, as the ranges that they make."""
    ranges: list[PartRange] = []
    for part in parts:
        if ranges and part == ranges[-1].last + 1:
            ranges[-1].last = part
        else:
            ranges.append(PartRange(first=part, last=part))
    return ranges


def _hashed(opened: Callable[[], BinaryIO], filename: str) -> Source:
    running = hashlib.sha256()
    size_bytes = 0
    with opened() as file:
        while chunk := file.read(CHUNK_BYTES):
            running.update(chunk)
            size_bytes += len(chunk)
    return Source(open=opened, size_bytes=size_bytes, digest=Digest(running.hexdigest()), filename=filename)
