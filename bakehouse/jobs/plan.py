r"""A plan: the units of a job, cut once. A header blob names part blobs; a part holds many units' payloads.

The payload is the stage's own bytes (item ids, their batches, whatever computing them needs); the engine
carries it. A plan's digest names results that other jobs of the same plan use, whatever their inputs: the
header has the spec, and payloads say what else results depend on, by keys with the algorithms' revisions.

A part begins with a table, so that a worker reads one unit of a gigabyte with two range reads:

    part := "BHPLAN1\n" | count: u32 | count x (offset: u64, length: u32, crc32c: u32, items: u32) | payloads
"""

import struct
from bisect import bisect_right
from dataclasses import dataclass
from threading import Event

import google_crc32c

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError, InvalidInputError
from bakehouse.jobs.units import MAX_UNITS
from bakehouse.recent import Recent
from bakehouse.wire import Wire

PART_BYTES = 16 << 20

_MAGIC = b"BHPLAN1\n"
_COUNT = struct.Struct("<I")
_ENTRY = struct.Struct("<QIII")
_KEPT = 64


class PlanningStoppedError(Exception):
    """The job was cancelled or taken over while it was planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFor:
    """What a plan is made for: jobs that ask for the same share it, if the cache is the same, too."""

    kind: str
    spec: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPart:
    """A blob with the payloads of `num_units` units from `first_unit` on."""

    blob: Digest
    first_unit: int
    num_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHeader:
    """What a plan says of itself. `context` is the stage's own, for its finaliser (the hits, say)."""

    kind: str
    spec: Digest
    num_units: int
    num_items: int
    num_hits: int
    parts: tuple[PlanPart, ...]
    context: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedUnit:
    """One unit as it was planned."""

    num_items: int
    payload: bytes


_HEADER = Wire(PlanHeader, schema=1, what="plan")


class PlanWriter:
    """Collects units and writes them as blobs, part by part: memory stays flat however many there are."""

    def __init__(self, blobs: Blobs, request: PlanFor, *, stop: Event) -> None:
        self._blobs = blobs
        self._request = request
        self._stop = stop
        self._parts: list[PlanPart] = []
        self._entries: list[tuple[int, int, int]] = []
        self._payloads = bytearray()
        self._num_units = 0
        self._num_items = 0

    def add_unit(self, payload: bytes, *, num_items: int) -> None:
        """Append a unit of `num_items` items.

        Raises:
            InvalidInputError: the plan has more than 50,000 units, or an empty one.
            PlanningStoppedError: nobody wants the plan any more.
        """
        if self._stop.is_set():
            raise PlanningStoppedError
        if self._num_units == MAX_UNITS:
            raise InvalidInputError(f"a plan of more than {MAX_UNITS} units; cut it into larger ones")
        if num_items < 1:
            raise InvalidInputError("a unit without items; leave it out")
        self._entries.append((len(payload), google_crc32c.value(payload), num_items))
        self._payloads += payload
        self._num_units += 1
        self._num_items += num_items
        if len(self._payloads) >= PART_BYTES:
            self._write_part()

    def finish(self, *, num_hits: int = 0, context: Json = None) -> tuple[Digest, PlanHeader]:
        """Write what is left and the header; the plan's digest names it for ever.

        Args:
            num_hits: items that needed no unit because their results were in the cache.
            context: what the stage's finaliser wants to find again.
        """
        if self._entries:
            self._write_part()
        header = PlanHeader(
            kind=self._request.kind,
            spec=self._request.spec,
            num_units=self._num_units,
            num_items=self._num_items,
            num_hits=num_hits,
            parts=tuple(self._parts),
            context=context,
        )
        return self._blobs.put(_HEADER.encode(header)), header

    def _write_part(self) -> None:
        offset = len(_MAGIC) + _COUNT.size + len(self._entries) * _ENTRY.size
        table = bytearray(_MAGIC + _COUNT.pack(len(self._entries)))
        for length, crc, num_items in self._entries:
            table += _ENTRY.pack(offset, length, crc, num_items)
            offset += length
        blob = self._blobs.put(bytes(table + self._payloads))
        first = self._num_units - len(self._entries)
        self._parts.append(PlanPart(blob=blob, first_unit=first, num_units=len(self._entries)))
        self._entries, self._payloads = [], bytearray()


class PlanReader:
    """Reads headers and single units, keeping the tables of the parts it met last. Not for many threads."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._headers: Recent[Digest, PlanHeader] = Recent(_KEPT)
        self._tables: Recent[Digest, bytes] = Recent(_KEPT)

    def header(self, plan: Digest) -> PlanHeader:
        """The header of a plan.

        Raises:
            NotFoundError: there is no such blob.
            CorruptionError: it is not what its digest says, or no plan.
        """
        return self._headers.get(plan, lambda: _HEADER.decode(self._blobs.get(plan)))

    def unit(self, plan: Digest, number: int) -> PlannedUnit:
        """One unit, its checksum verified.

        Raises:
            InvalidInputError: the plan has no such unit.
            CorruptionError: the stored bytes are damaged; the message names the blob.
        """
        header = self.header(plan)
        if not 0 <= number < header.num_units:
            raise InvalidInputError(f"unit {number} of plan {plan[:12]}, which has {header.num_units}")
        part = header.parts[bisect_right([p.first_unit for p in header.parts], number) - 1]
        entry = (number - part.first_unit) * _ENTRY.size
        table = self._tables.get(part.blob, lambda: self._read_table(part))
        offset, length, crc, num_items = _ENTRY.unpack_from(table, entry)
        payload = self._blobs.read(part.blob, offset, length)
        if google_crc32c.value(payload) != crc:
            raise CorruptionError(f"unit {number} of plan {plan[:12]} is damaged in blob {part.blob}")
        return PlannedUnit(num_items=num_items, payload=payload)

    def _read_table(self, part: PlanPart) -> bytes:
        head = len(_MAGIC) + _COUNT.size
        data = self._blobs.read(part.blob, 0, head + part.num_units * _ENTRY.size)
        if data[: len(_MAGIC)] != _MAGIC or _COUNT.unpack_from(data, len(_MAGIC))[0] != part.num_units:
            raise CorruptionError(f"blob {part.blob} is no part of a plan")
        return data[head:]
