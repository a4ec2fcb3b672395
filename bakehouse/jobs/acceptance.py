"""Which attempt of each unit counts: verified one by one, then fixed in a blob before it is made use of."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError, NotFoundError
from bakehouse.jobs.results import AttemptRef, Results, UnitResult
from bakehouse.logs import get_logger
from bakehouse.wire import Wire

_READ_AHEAD = 64
_THREADS = 8
_VERIFY_AT_ONCE = 64

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedAttempt:
    """The attempt of a unit that counts."""

    attempt: str
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A result that is whole: its digest, and every blob it refers to is there."""

    result: UnitResult
    digest: Digest

    @property
    def accepted(self) -> AcceptedAttempt:
        """What is kept of it."""
        return AcceptedAttempt(attempt=self.result.attempt, digest=self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedAttempts:
    """For unit n, `attempts[n]` and the digest of its result."""

    attempts: tuple[str, ...]
    results: tuple[Digest, ...]


_WIRE = Wire(AcceptedAttempts, schema=1, what="list of accepted attempts")


class Verifier:
    """Looks at the results of one plan, for one job."""

    def __init__(self, blobs: Blobs, plan: Digest, job: str) -> None:
        self._blobs = blobs
        self._job = job
        self._results = Results(blobs, plan)

    async def verify(self, attempts: Sequence[AttemptRef]) -> list[Verified | None]:
        """The result of each attempt if all of it is there and the job may use it, else None.

        Raises:
            UnavailableError: the store can't be asked.
        """
        found: list[Verified | None] = []
        for start in range(0, len(attempts), _VERIFY_AT_ONCE):
            page = attempts[start : start + _VERIFY_AT_ONCE]
            found += await asyncio.to_thread(self._verify_page, page)
        return found

    async def find(self, units: Collection[int] | None = None) -> list[AttemptRef]:
        """The attempts at these units, or any, that left a result."""

        def listed() -> list[AttemptRef]:
            return [a for a in self._results.list() if units is None or a.unit in units]

        return await asyncio.to_thread(listed)

    async def fix(self, accepted: Mapping[int, AcceptedAttempt], num_units: int) -> Digest:
        """Write down which attempt of each unit counts; the blob that says so.

        Args:
            accepted: what the caller verified itself; units that a predecessor accepted are looked up.
            num_units: how many there are.

        Raises:
            NotFoundError: a unit has no whole result any more.
        """
        known = dict(accepted)
        if unknown := set(range(num_units)) - known.keys():
            for attempt in await self.find(unknown):
                if attempt.unit not in known and (verified := (await self.verify([attempt]))[0]):
                    known[attempt.unit] = verified.accepted
        if missing := sorted(set(range(num_units)) - known.keys()):
            raise NotFoundError(f"the results of units {missing[:10]} vanished from the store")
        entries = [known[unit] for unit in range(num_units)]
        fixed = AcceptedAttempts(
            attempts=tuple(entry.attempt for entry in entries),
            results=tuple(entry.digest for entry in entries),
        )
        return await asyncio.to_thread(self._blobs.put, _WIRE.encode(fixed))

    def _verify_page(self, attempts: Sequence[AttemptRef]) -> list[Verified | None]:
        with ThreadPoolExecutor(_THREADS) as pool:
            return list(pool.map(self._verify, attempts))

    def _verify(self, attempt: AttemptRef) -> Verified | None:
        try:
            result = self._results.read(attempt.unit, attempt.attempt)
            if not result.serves(self._job):
                return None
            for blob in result.blobs:
                if not self._blobs.has(blob):
                    raise NotFoundError(f"blob {blob} is missing")
        except (NotFoundError, CorruptionError) as error:
            log.warning("result_refused", unit=attempt.unit, attempt=attempt.attempt, reason=error.message)
            return None
        return Verified(result=result, digest=Results.digest_of(result))


def read_accepted(blobs: Blobs, plan: Digest, accepted: Digest) -> Iterator[UnitResult]:
    """The accepted results in the order of their units, a few read ahead.

    Raises:
        CorruptionError: a result is not the one that was accepted.
    """
    fixed = _WIRE.decode(blobs.get(accepted))
    results = Results(blobs, plan)
    wanted = enumerate(zip(fixed.attempts, fixed.results, strict=True))
    with ThreadPoolExecutor(_THREADS) as pool:
        while page := list(islice(wanted, _READ_AHEAD)):
            yield from pool.map(lambda entry: results.read(entry[0], entry[1][0], expected=entry[1][1]), page)
