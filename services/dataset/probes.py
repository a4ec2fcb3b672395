"""What is known of a snapshot's files: remembered, probed by this job, or failed."""

from collections.abc import Mapping

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.once import Locations
from bakehouse.cache.shards import ShardReader
from bakehouse.digest import Digest
from bakehouse.errors import StateError
from bakehouse.jobs.failures import ItemFailure
from services.dataset.domain.decoding import PLAIN, Decoding
from services.dataset.domain.probe import NoPicture, Probed, Wanted, decode_probes
from services.dataset.plan_snapshot import probe_keys


class Probes:
    """Finds probes by the digests of the files. Reads shards by range."""

    def __init__(self, blobs: Blobs, locations: Locations, failures: Mapping[str, ItemFailure]) -> None:
        self._reader = ShardReader(blobs)
        self._locations = locations
        self._failures = failures

    def find(self, digests: list[Digest], decoding: Decoding = PLAIN) -> list[Probed]:
        """The parts of each file, by the digest of its bytes."""
        places = self._locations.find(probe_keys(digests, decoding))
        rows = self._reader.read_many(place for place in places if place is not None)
        known = iter(decode_probes([row.data for row in rows]))
        return [
            (self._failed(Wanted(digest=digest, decoding=decoding)),) if place is None else next(known)
            for digest, place in zip(digests, places, strict=True)
        ]

    def _failed(self, wanted: Wanted) -> NoPicture:
        failure = self._failures.get(wanted.item)
        if failure is None:
            raise StateError(f"file {wanted.digest} was neither probed nor refused; bake again")
        return NoPicture(reason=str(failure.failure_class), detail=failure.reason)
