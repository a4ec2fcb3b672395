"""The central directory of a zip archive, entry by entry: strangers' bytes, in flat memory, never trusted.

Python's zipfile keeps about a kilobyte for each entry, and a worker would need all of them to read
one. Format: PKWARE's APPNOTE 6.3.10, sections 4.3.6 to 4.3.16; zip64 too. Archives in parts are refused.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bakehouse.errors import InvalidInputError

MAX_ENTRIES = 1_000_000

_PIECE_BYTES = 1 << 20
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_MAX_FIELD = 0xFFFF  # bytes of a name, an extra field, a comment
_LOCATOR = struct.Struct("<4sLQL")
_LOCATOR_SIGNATURE = b"PK\x06\x07"
_END_64 = struct.Struct("<4sQ2H2L4Q")
_END_64_SIGNATURE = b"PK\x06\x06"
_ENTRY = struct.Struct("<4s6H3L5H2L")
_ENTRY_SIGNATURE = b"PK\x01\x02"
_ZIP64_EXTRA = 1
_FIELD = struct.Struct("<2H")
_FULL_32, _FULL_16 = 0xFFFFFFFF, 0xFFFF
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_LINK, _TYPE_MASK = 0o120000, 0o170000

Read = Callable[[int, int], bytes]
"""Gives the bytes from an offset on, so many, all of them inside the archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipEntry:
    """What the directory says of a file. `offset` is that of its local header in the archive."""

    name: str
    method: int
    crc32: int
    compressed_bytes: int
    size_bytes: int
    offset: int
    is_encrypted: bool
    is_link: bool

    @property
    def is_folder(self) -> bool:
        """Whether it is one, which has no bytes."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the directory is. `shift`: what stands before the archive, as a program that unpacks it."""

    start: int
    size_bytes: int
    num_entries: int
    shift: int


def read_directory(read: Read, archive_bytes: int) -> Iterator[ZipEntry]:
    """The entries of an archive, in the order of its directory.

    Raises:
        InvalidInputError: it is no zip archive, is damaged, or has too many entries.
    """
    place = _find(read, archive_bytes)
    if place.num_entries > MAX_ENTRIES:
        raise InvalidInputError(
            f"the archive has {place.num_entries} entries; at most {MAX_ENTRIES}: split it"
        )
    position, end = place.start, place.start + place.size_bytes
    buffer, at = b"", 0
    for _ in range(place.num_entries):
        if len(buffer) - at < _ENTRY.size + 3 * _MAX_FIELD and position < end:
            piece = read(position, min(_PIECE_BYTES, end - position))
            position += len(piece)
            buffer, at = buffer[at:] + piece, 0
        entry, length = _entry(buffer, at, place.shift)
        at += length
        if entry.offset + entry.compressed_bytes > place.start:
            raise _damaged("an entry lies outside of it")
        yield entry


def _find(read: Read, archive_bytes: int) -> _Place:
    tail_bytes = min(archive_bytes, _END.size + _MAX_FIELD)
    tail = read(archive_bytes - tail_bytes, tail_bytes) if tail_bytes else b""
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) - at < _END.size:
        raise InvalidInputError("the file is no zip archive, or is cut off; pack the pictures again")
    _, disk, first_disk, _, num_entries, size_bytes, start, _ = _END.unpack_from(tail, at)
    if disk != first_disk:
        raise InvalidInputError("the archive is one part of several; pack the pictures into one")
    end = archive_bytes - tail_bytes + at
    if num_entries == _FULL_16 or _FULL_32 in {size_bytes, start}:
        found = _find_64(read, end)
        if found is not None:
            end, num_entries, size_bytes, start = found
    shift = end - size_bytes - start
    if shift < 0 or num_entries * _ENTRY.size > size_bytes:
        raise _damaged("its directory lies outside of it")
    return _Place(start=start + shift, size_bytes=size_bytes, num_entries=num_entries, shift=shift)


def _find_64(read: Read, end: int) -> tuple[int, int, int, int] | None:
    """Where zip64's own end of the directory is, then what it says: entries, bytes and start."""
    if end < _LOCATOR.size:
        return None
    signature, _, at, _ = _LOCATOR.unpack(read(end - _LOCATOR.size, _LOCATOR.size))
    if signature != _LOCATOR_SIGNATURE:
        return None
    if at + _END_64.size > end:
        raise _damaged("its directory lies outside of it")
    signature, *_, num_entries, size_bytes, start = _END_64.unpack(read(at, _END_64.size))
    if signature != _END_64_SIGNATURE:
        raise _damaged("the end of its directory is none")
    return at, num_entries, size_bytes, start


def _entry(buffer: bytes, at: int, shift: int) -> tuple[ZipEntry, int]:
    """The entry at a place of the buffer, and its length."""
    if len(buffer) - at < _ENTRY.size:
        raise _damaged("its directory is cut off")
    fields = _ENTRY.unpack_from(buffer, at)
    signature, _, _, flags, method, _, _, crc32, compressed, size, *lengths = fields[:13]
    attributes, offset = fields[15:]
    length = _ENTRY.size + sum(lengths)
    if signature != _ENTRY_SIGNATURE or len(buffer) - at < length:
        raise _damaged("its directory is cut off")
    start_of_extra = at + _ENTRY.size + lengths[0]
    name = buffer[at + _ENTRY.size : start_of_extra]
    extra = buffer[start_of_extra : start_of_extra + lengths[1]]
    size, compressed, offset = _widened(extra, size, compressed, offset)
    return ZipEntry(
        name=_text(name, is_utf8=bool(flags & _UTF8_FLAG)),
        method=method,
        crc32=crc32,
        compressed_bytes=compressed,
        size_bytes=size,
        offset=offset + shift,
        is_encrypted=bool(flags & _ENCRYPTED_FLAG),
        is_link=(attributes >> 16) & _TYPE_MASK == _LINK,
    ), length


def _widened(extra: bytes, *numbers: int) -> tuple[int, int, int]:
    """Size, compressed size and offset, those that need it from the extra field for zip64."""
    data, at = b"", 0
    while at + _FIELD.size <= len(extra):
        kind, length = _FIELD.unpack_from(extra, at)
        at += _FIELD.size + length
        if kind == _ZIP64_EXTRA:
            data = extra[at - length : at]
            break
    wide = iter([number for (number,) in struct.iter_unpack("<Q", data[: len(data) // 8 * 8])])
    size, compressed, offset = (next(wide, number) if number == _FULL_32 else number for number in numbers)
    return size, compressed, offset


def _text(name: bytes, *, is_utf8: bool) -> str:
    """A name; many packers write UTF-8 without saying so. Windows' backslashes are slashes."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = name.decode("utf-8", "replace") if is_utf8 else name.decode("cp437")
    return text.replace("\\", "/")


def _damaged(why: str) -> InvalidInputError:
    return InvalidInputError(f"the archive is damaged: {why}; pack the pictures again")
