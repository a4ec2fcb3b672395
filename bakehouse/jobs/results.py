"""Results of units in the store: write once, one object an attempt, accepted by the supervisor or ignored.

An attempt's name is random, so that two workers at one unit, one of them thought dead, never share an
object. Why the key is no folder a unit: docs/decisions/0003.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import ObjectInfo
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import CorruptionError
from bakehouse.jobs.failures import FailureClass, ItemFailure
from bakehouse.wire import Wire

_NAME = re.compile(r"(\d{5})-([0-9a-f]{12})")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitResult:
    """What an attempt at a unit gave.

    `outputs` is the stage's own: the digests of the shards it wrote, their rows and checksums. `blobs` lists
    every blob that it refers to. `batch_limit` is set where the unit ran in smaller batches than planned,
    because memory did not suffice. `job` is for whom it was computed: another job of the same plan uses it,
    unless it is cut short.
    """

    job: str
    plan: Digest
    unit: int
    attempt: str
    num_done: int
    failures: tuple[ItemFailure, ...] = ()
    outputs: Json = None
    blobs: tuple[Digest, ...] = ()
    batch_limit: int | None = None
    duration_us: int = 0
    is_cut_short: bool = False

    def serves(self, job: str) -> bool:
        """Whether `job` may take it: an earlier job's only if it is whole, and no failure might be mended."""
        is_lasting = all(f.failure_class is FailureClass.INPUT for f in self.failures)
        return job == self.job or (is_lasting and not self.is_cut_short)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRef:
    """An attempt that has a result."""

    unit: int
    attempt: str


_WIRE = Wire(UnitResult, schema=1, what="result of a unit")


def new_attempt() -> str:
    """A name that no other attempt has."""
    return token_hex(6)


class Results:
    """The results of one plan."""

    def __init__(self, blobs: Blobs, plan: Digest) -> None:
        self._store = blobs.store
        self._prefix = f"{blobs.project}/results/{plan}/"
        self._plan = plan

    def write(self, result: UnitResult) -> Digest:
        """Store a result, durably; the digest of its bytes, by which it is accepted."""
        data = _WIRE.encode(result)
        self._store.put(self._key(result.unit, result.attempt), [data], size_bytes=len(data))
        return digest_bytes(data)

    def read(self, unit: int, attempt: str, *, expected: Digest | None = None) -> UnitResult:
        """A result.

        Raises:
            NotFoundError: there is none.
            CorruptionError: it is damaged, or of another unit than its key says; the message names the key.
        """
        key = self._key(unit, attempt)
        data = b"".join(self._store.read(key))
        if expected is not None and digest_bytes(data) != expected:
            raise CorruptionError(f"result {key} is not what its writer wrote")
        result = _WIRE.decode(data)
        if (result.plan, result.unit, result.attempt) != (self._plan, unit, attempt):
            raise CorruptionError(f"result {key} speaks of unit {result.unit}, attempt {result.attempt}")
        return result

    @staticmethod
    def digest_of(result: UnitResult) -> Digest:
        """The digest of a result's bytes."""
        return digest_bytes(_WIRE.encode(result))

    def list(self, unit: int | None = None) -> Iterator[AttemptRef]:
        """The attempts that have results, of one unit or all, sorted."""
        prefix = self._prefix if unit is None else f"{self._prefix}{unit:05d}-"
        for entry in self._store.list(prefix):
            if isinstance(entry, ObjectInfo) and (name := _NAME.fullmatch(entry.key.rpartition("/")[2])):
                yield AttemptRef(unit=int(name.group(1)), attempt=name.group(2))

    def _key(self, unit: int, attempt: str) -> str:
        return f"{self._prefix}{unit:05d}-{attempt}"
