"""Fetches items of sources in a worker's child: several at a time, each a blob then, or a reason."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from bakehouse.cache.shards import Tensor, write_shard
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.failures import ConfigError, FailureClass, ItemFailure
from bakehouse.jobs.stage import UnitOutputs, UnitRequest
from services.dataset.domain.fetched import Had, Lost, Outcome, encode_outcome
from services.dataset.found_items import read_unit
from services.dataset.ports import FetchFailedError, Source, Sources
from services.dataset.source_specs import parse_ingest

_AT_ONCE = 8
_BATCH_ITEMS = 32


class FetchWork:
    """A unit of items, each named by the key that its bytes are remembered by."""

    def __init__(self, request: UnitRequest, sources: Sources) -> None:
        self._blobs = request.blobs
        self._specs = parse_ingest(request.spec).sources
        self._sources = sources
        self._opened: dict[str, Source] = {}
        self._items = read_unit(request.payload)
        self._outcomes: dict[str, Outcome] = {}
        self._tell = request.tell

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        """See `UnitWork`."""
        items = list(self._items)
        return [items[at : at + _BATCH_ITEMS] for at in range(0, len(items), _BATCH_ITEMS)]

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        """See `UnitWork`. That an item can't be had is a result where that lasts, else a failure."""
        wanted = [item for item in items if item not in self._outcomes]
        for item in wanted:
            self._open(self._items[item][0])
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            failures = list(threads.map(self._fetch, wanted))
        return [failure for failure in failures if failure is not None]

    def close(self) -> UnitOutputs:
        """See `UnitWork`."""
        if not self._outcomes:
            return UnitOutputs(outputs=None)
        rows = [(Digest(key), _row(outcome)) for key, outcome in sorted(self._outcomes.items())]
        shard = write_shard(self._blobs, rows)
        had = {outcome.digest for outcome in self._outcomes.values() if isinstance(outcome, Had)}
        return UnitOutputs(outputs=shard.outputs(), blobs=[shard.digest, *sorted(had)])

    def _open(self, entry: str) -> None:
        if entry in self._opened:
            return
        try:
            self._opened[entry] = self._sources.open(self._specs[entry], self._blobs)
        except (
            InvalidInputError
        ) as error:  # a worker without the key, or without the folder: no item is to blame
            raise ConfigError(f"dataset {entry}: {error.message}") from error

    def _fetch(self, key: str) -> ItemFailure | None:
        entry, item = self._items[key]
        try:
            fetched = self._opened[entry].fetch(item, self._blobs)
        except FetchFailedError as error:
            if not error.is_lasting:
                # "word: sentence" is taken apart by the finaliser. Not of class INPUT: another job of the
                # same plan would take this result for its own.
                reason = f"{error.reason}: {error.detail}"
                return ItemFailure(item=key, failure_class=FailureClass.UNAVAILABLE, reason=reason)
            self._outcomes[key] = Lost(reason=error.reason, detail=error.detail)
        else:
            self._outcomes[key] = Had(digest=fetched.digest, size_bytes=fetched.size_bytes, etag=fetched.etag)
        finally:
            # a sign of life: many slow servers in one batch take longer than a piece may be silent
            self._tell("progress", "fetched", {"fetched": len(self._outcomes), "of": len(self._items)})
        return None


def lost_of(failure: ItemFailure) -> Lost:
    """What a failure of an item says."""
    if failure.failure_class is FailureClass.UNAVAILABLE:
        reason, _, detail = failure.reason.partition(": ")
        return Lost(reason=reason, detail=detail)
    return Lost(reason=str(failure.failure_class), detail=failure.reason)


def _row(outcome: Outcome) -> Tensor:
    data = encode_outcome(outcome)
    return Tensor(dtype="U8", shape=(len(data),), data=data)
