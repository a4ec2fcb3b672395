"""A zip archive that is a blob, as a source. Nothing is unpacked to a file: bytes go from blob to blob."""

import json
import struct
import zlib
from collections.abc import Iterator, Mapping

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from services.dataset.adapters.sink import Sink
from services.dataset.adapters.zip_directory import ZipEntry, read_directory
from services.dataset.domain.decoding import MAX_FILE_BYTES
from services.dataset.domain.source_names import (
    is_archive,
    is_hidden,
    is_picture_or_text,
    shown,
    trouble_with,
)
from services.dataset.ports import Fetched, FetchFailedError, RefusedItem, SourceItem
from services.dataset.source_specs import ZipSpec

_LOCAL = struct.Struct("<4s5H3L2H")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_PIECE_BYTES = 1 << 20
_STORED, _DEFLATED = 0, 8
_MOST_OVERHEAD = 1 << 16  # of deflate over bytes that can't be made smaller, with all its room
# What all entries may have together: flat pictures in BMP shrink a hundredfold, whole folders of them don't.
_MOST_RATIO, _FREE_BYTES = 100, 1 << 30


class ZipSource:
    """The pictures and texts of an archive."""

    def __init__(self, spec: ZipSpec, blobs: Blobs) -> None:
        """Look for the archive.

        Raises:
            NotFoundError: it is no blob of the project.
        """
        self._archive = Digest(spec.archive)
        self._caption_extension = spec.caption_extension
        self._blobs = blobs
        self._archive_bytes = blobs.size_bytes(self._archive)

    @property
    def identity(self) -> Mapping[str, Json]:
        """See `services.dataset.ports.Source`."""
        return {"type": "zip", "archive": self._archive}

    @property
    def name(self) -> str:
        """See `services.dataset.ports.Source`: an archive has none."""
        return ""

    def items(self) -> Iterator[SourceItem | RefusedItem]:
        """See `services.dataset.ports.Source`."""
        budget = _Budget(self._archive_bytes)
        for entry in read_directory(self._read, self._archive_bytes):
            budget.take(entry)
            if entry.is_folder or is_hidden(entry.name):
                continue
            if trouble := trouble_with(entry.name):
                yield _refused(
                    entry, "unsafe_name", f"{trouble}; pack the pictures with plain relative names"
                )
            elif is_archive(entry.name):
                yield _refused(entry, "nested_archive", "an archive in an archive is not opened; unpack it")
            elif is_picture_or_text(entry.name, caption_extension=self._caption_extension):
                yield self._seen(entry, is_over=budget.is_over)

    def fetch(self, item: SourceItem, blobs: Blobs) -> Fetched:
        """See `services.dataset.ports.Source`."""
        offset, compressed_bytes, size_bytes, crc32, method = json.loads(item.place)
        start = self._start_of_data(offset)
        if start + compressed_bytes > self._archive_bytes:
            raise _broken("its bytes lie outside of the archive")
        unpacker = _Unpacker(method)
        checksum = 0
        with Sink(most_bytes=min(size_bytes, MAX_FILE_BYTES)) as sink:
            for piece in unpacker.pieces(self._pieces(start, compressed_bytes)):
                if sink.size_bytes + len(piece) > size_bytes:
                    raise _broken("it unpacks to more than it says")
                checksum = zlib.crc32(piece, checksum)
                sink.write(piece)
            if sink.size_bytes != size_bytes or checksum != crc32:
                raise _broken("its size or its checksum is not what the archive says")
            return sink.store(blobs)

    def _seen(self, entry: ZipEntry, *, is_over: bool) -> SourceItem | RefusedItem:
        if reason := _reason_against(entry):
            return _refused(entry, *reason)
        if is_over:
            detail = f"the archive unpacks to over {_MOST_RATIO} times its size; pack PNG or JPEG files"
            return _refused(entry, "bomb", detail)
        place = [entry.offset, entry.compressed_bytes, entry.size_bytes, entry.crc32, entry.method]
        text = json.dumps(place)
        return SourceItem(name=entry.name, token=text, place=text)

    def _start_of_data(self, offset: int) -> int:
        if offset + _LOCAL.size > self._archive_bytes:
            raise _broken("its bytes lie outside of the archive")
        fields = _LOCAL.unpack(self._read(offset, _LOCAL.size))
        if fields[0] != _LOCAL_SIGNATURE:
            raise _broken("its header is none")
        return offset + _LOCAL.size + int(fields[9]) + int(fields[10])

    def _pieces(self, start: int, length: int) -> Iterator[bytes]:
        for at in range(start, start + length, _PIECE_BYTES):
            yield self._read(at, min(_PIECE_BYTES, start + length - at))

    def _read(self, start: int, length: int) -> bytes:
        return self._blobs.read(self._archive, start, length)


class _Budget:
    """What the entries of an archive take up in it, and what they say they unpack to."""

    def __init__(self, archive_bytes: int) -> None:
        self._archive_bytes = archive_bytes
        self._packed_bytes = 0
        self._unpacked_bytes = 0

    @property
    def is_over(self) -> bool:
        """Whether what was taken unpacks to more than an archive of pictures does."""
        return self._unpacked_bytes > _FREE_BYTES + _MOST_RATIO * self._archive_bytes

    def take(self, entry: ZipEntry) -> None:
        """Count an entry.

        Raises:
            InvalidInputError: together they take up more than the archive has: they share bytes, as bombs do.
        """
        self._packed_bytes += entry.compressed_bytes + _LOCAL.size
        self._unpacked_bytes += entry.size_bytes
        if self._packed_bytes > self._archive_bytes:
            raise InvalidInputError(
                "the archive's entries lie over each other, as in a zip bomb; pack the pictures again"
            )


class _Unpacker:
    """Unpacks the bytes of an entry as they come, in small pieces whatever they expand to."""

    def __init__(self, method: int) -> None:
        self._deflate = zlib.decompressobj(-zlib.MAX_WBITS) if method == _DEFLATED else None

    def pieces(self, packed: Iterator[bytes]) -> Iterator[bytes]:
        for data in packed:
            if self._deflate is None:
                yield data
            else:
                yield from self._inflated(self._deflate, data)

    @staticmethod
    def _inflated(deflate: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
        try:
            while data and not deflate.eof:
                yield deflate.decompress(data, _PIECE_BYTES)
                data = deflate.unconsumed_tail
        except zlib.error as error:
            raise _broken("its bytes can't be unpacked") from error


def _reason_against(entry: ZipEntry) -> tuple[str, str] | None:
    if entry.is_link:
        return "link", "links in archives are not followed; pack the file itself"
    if entry.is_encrypted:
        return "encrypted", "it is encrypted; pack it without a password"
    if entry.method not in {_STORED, _DEFLATED}:
        return "unknown_compression", f"compression method {entry.method} is not read; pack with deflate"
    if entry.size_bytes > MAX_FILE_BYTES:
        return "too_large", f"it unpacks to over {MAX_FILE_BYTES >> 20} MiB; make it smaller"
    if entry.compressed_bytes > entry.size_bytes + entry.size_bytes // 8 + _MOST_OVERHEAD:
        return "broken", "it is packed into more bytes than it has; pack the pictures again"
    return None


def _refused(entry: ZipEntry, reason: str, detail: str) -> RefusedItem:
    return RefusedItem(name=shown(entry.name), reason=reason, detail=detail)


def _broken(why: str) -> FetchFailedError:
    return FetchFailedError("broken", f"{why}; pack the pictures again")
