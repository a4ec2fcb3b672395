"""What the units of a job computed: where it is, and why some of it is not there. For finalisers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bakehouse.cache.shards import IndexEntry, entries_of
from bakehouse.jobs.failures import ItemFailure
from bakehouse.jobs.results import UnitResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """Where all tensors are that the units wrote, and the failures, by item."""

    entries: Sequence[IndexEntry]
    failures: Mapping[str, ItemFailure]


def computed_by(results: Iterable[UnitResult]) -> Computed:
    """What units gave whose outputs are shards (`Shard.outputs`).

    Raises:
        CorruptionError: outputs are something else.
    """
    entries: list[IndexEntry] = []
    failures: dict[str, ItemFailure] = {}
    for result in results:
        failures |= {failure.item: failure for failure in result.failures}
        if result.outputs is not None:
            entries += entries_of(result.outputs)
    return Computed(entries=entries, failures=failures)
