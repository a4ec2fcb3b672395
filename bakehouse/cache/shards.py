"""Shards: the tensors of a unit in one safetensors blob, each found by its row and checked by a CRC-32C.

Row n is the tensor `NNNNN`. Tensors begin at 64-byte boundaries, so that a mapped file can be used as it is.
Any safetensors reader opens a shard. Tensors are bytes here: whoever computes with them knows NumPy or torch.
"""

import json
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import google_crc32c

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import CorruptionError, InvalidInputError
from bakehouse.recent import Recent

DTYPE_BYTES: Mapping[str, int] = {
    "BOOL": 1,
    "U8": 1,
    "I8": 1,
    "F16": 2,
    "BF16": 2,
    "I16": 2,
    "F32": 4,
    "I32": 4,
    "F64": 8,
    "I64": 8,
}

_ALIGNMENT = 64
_LENGTH = struct.Struct("<Q")
_FIRST_READ_BYTES = 16 << 10
_KEPT_HEADERS = 256
_MAX_HEADER_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """A tensor as bytes: row-major, little-endian. `dtype` as safetensors names it (F32, BF16, U8 ...)."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    def __post_init__(self) -> None:
        if self.dtype not in DTYPE_BYTES:
            raise InvalidInputError(f"dtype {self.dtype!r}; use one of {', '.join(DTYPE_BYTES)}")
        wanted = prod(self.shape) * DTYPE_BYTES[self.dtype]
        if len(self.data) != wanted:
            raise InvalidInputError(
                f"a {self.dtype} tensor of shape {self.shape} has {wanted} bytes, these are {len(self.data)}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """A computed result: row `row` of the shard `shard`, whose bytes have the CRC-32C `crc32c`."""

    key: Digest
    shard: Digest
    row: int
    crc32c: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A stored shard and where each key's tensor is in it."""

    digest: Digest
    entries: tuple[IndexEntry, ...]

    def outputs(self) -> Json:
        """As a unit tells its finaliser, who reads it with `entries_of`."""
        rows: Json = [[entry.key, entry.crc32c] for entry in self.entries]
        return {"shard": self.digest, "rows": rows}


def entries_of(outputs: Json) -> list[IndexEntry]:
    """The entries of a shard that a unit told of.

    Raises:
        CorruptionError: it told something else.
    """
    try:
        fields: Any = outputs
        shard = parse_digest(fields["shard"], field="shard")
        return [
            IndexEntry(key=parse_digest(key, field="key"), shard=shard, row=row, crc32c=crc)
            for row, (key, crc) in enumerate(fields["rows"])
        ]
    except (KeyError, TypeError, ValueError, InvalidInputError) as error:
        raise CorruptionError("the outputs of a unit tell of no shard") from error


def write_shard(blobs: Blobs, rows: Sequence[tuple[Digest, Tensor]]) -> Shard:
    """Store the tensors, each under its key, in one blob. The same rows give the same bytes.

    Raises:
        InvalidInputError: there are none.
    """
    if not rows:
        raise InvalidInputError("a shard without rows; write none")
    digest = blobs.put(encode_shard([tensor for _, tensor in rows]))
    entries = tuple(
        IndexEntry(key=key, shard=digest, row=row, crc32c=google_crc32c.value(tensor.data))
        for row, (key, tensor) in enumerate(rows)
    )
    return Shard(digest=digest, entries=entries)


def encode_shard(tensors: Sequence[Tensor]) -> bytes:
    """The safetensors file of the tensors, named 00000, 00001 ...

    Gaps between tensors are not allowed in the format, so each begins where the one before ended, and what
    fills up to the boundary is a tensor of bytes of its own (`pad.NNNNN`).
    """
    header: dict[str, Json] = {}
    chunks: list[bytes] = []
    end = 0
    for row, tensor in enumerate(tensors):
        if gap := -end % _ALIGNMENT:
            header[f"pad.{row:05d}"] = _place("U8", (gap,), end)
            chunks.append(bytes(gap))
            end += gap
        header[f"{row:05d}"] = _place(tensor.dtype, tensor.shape, end)
        chunks.append(tensor.data)
        end += len(tensor.data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + _LENGTH.size) % _ALIGNMENT)
    return b"".join([_LENGTH.pack(len(text)), text, *chunks])


class ShardReader:
    """Reads single rows of shards by range, keeping the headers of the last. Not for many threads."""

    def __init__(self, blobs: Blobs, *, kept: int = _KEPT_HEADERS) -> None:
        self._blobs = blobs
        self._headers: Recent[Digest, _Header] = Recent(kept)

    def read(self, entry: IndexEntry) -> Tensor:
        """The tensor at an entry, its checksum verified.

        Raises:
            NotFoundError: the shard is not there.
            CorruptionError: it is damaged, or no shard; the message names it.
        """
        header = self._header(entry.shard)
        place = header.place(entry)
        data = self._blobs.read(entry.shard, header.start + place.start, place.stop - place.start)
        return _checked(entry, place, data)

    def read_many(self, entries: Iterable[IndexEntry]) -> list[Tensor]:
        """The tensors at the entries, in their order; rows that are neighbours in a shard are read at once.

        Raises:
            NotFoundError, CorruptionError: as `read`.
        """
        wanted = list(entries)
        found: dict[int, Tensor] = {}
        by_shard: defaultdict[Digest, list[int]] = defaultdict(list)
        for number, entry in enumerate(wanted):
            by_shard[entry.shard].append(number)
        for shard, numbers in by_shard.items():
            header = self._header(shard)
            numbers.sort(key=lambda number: wanted[number].row)
            places = [header.place(wanted[number]) for number in numbers]
            first, last = min(p.start for p in places), max(p.stop for p in places)
            if last - first > 2 * sum(p.stop - p.start for p in places):  # few of many rows
                found |= {number: self.read(wanted[number]) for number in numbers}
                continue
            data = self._blobs.read(shard, header.start + first, last - first)
            for number, place in zip(numbers, places, strict=True):
                piece = data[place.start - first : place.stop - first]
                found[number] = _checked(wanted[number], place, piece)
        return [found[number] for number in range(len(wanted))]

    def _header(self, shard: Digest) -> "_Header":
        return self._headers.get(shard, lambda: self._read_header(shard))

    def _read_header(self, shard: Digest) -> "_Header":
        size_bytes = self._blobs.size_bytes(shard)
        data = self._blobs.read(shard, 0, min(size_bytes, _FIRST_READ_BYTES))
        try:
            (length,) = _LENGTH.unpack_from(data)
            end = _LENGTH.size + length
            if end > min(size_bytes, _MAX_HEADER_BYTES):
                raise ValueError("the header is longer than the blob")
            if end > len(data):
                data = self._blobs.read(shard, 0, end)
            return _Header(shard, end, json.loads(data[_LENGTH.size : end]))
        except (struct.error, ValueError) as error:
            raise CorruptionError(f"blob {shard} is no shard, or damaged; delete it") from error


@dataclass(frozen=True, slots=True)
class _Place:
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


class _Header:
    def __init__(self, shard: Digest, start: int, tensors: Mapping[str, Any]) -> None:
        self.start = start
        self._shard = shard
        self._tensors = tensors

    def place(self, entry: IndexEntry) -> _Place:
        try:
            found = self._tensors[f"{entry.row:05d}"]
            start, stop = found["data_offsets"]
            return _Place(found["dtype"], tuple(found["shape"]), start, stop)
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptionError(f"shard {self._shard} has no row {entry.row}, or is damaged") from error


def _place(dtype: str, shape: tuple[int, ...], start: int) -> Json:
    size: Json = [*shape]
    offsets: Json = [start, start + prod(shape) * DTYPE_BYTES[dtype]]
    return {"dtype": dtype, "shape": size, "data_offsets": offsets}


def _checked(entry: IndexEntry, place: _Place, data: bytes) -> Tensor:
    if google_crc32c.value(data) != entry.crc32c:
        raise CorruptionError(
            f"row {entry.row} of shard {entry.shard} is damaged; delete the shard and bake again",
            fields={"shard": entry.shard, "row": str(entry.row)},
        )
    return Tensor(dtype=place.dtype, shape=place.shape, data=data)
