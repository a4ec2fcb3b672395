"""Finds pictures that are the same pixels in other bytes: saved anew, without metadata, in another format.

Only those are decoded that share size, hashes and captions, and what is found is remembered.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.index import KeyIndex, entry_batches
from bakehouse.cache.keys import compute_key
from bakehouse.cache.shards import ShardReader, Tensor, write_shard
from bakehouse.canonical_json import canonical_digest
from bakehouse.digest import Digest
from bakehouse.manifest.columns import Batch
from services.dataset.domain.duplicates import Gathered, pixel_candidates
from services.dataset.domain.gathering import picture_digests
from services.dataset.domain.sizes import IntArray
from services.dataset.ports import Pixels

PIXELS_KIND = "pixels"
PIXELS_REVISION = 1

MOST_PICTURES = 4096  # of a snapshot; beyond them who looks alike is told of as near
_AT_ONCE = 32
_ENCODER = canonical_digest({"pixels": "rgb", "revision": PIXELS_REVISION})


class SamePixels:
    """Compares pictures of one snapshot."""

    def __init__(self, blobs: Blobs, scratch: Path, pixels: Pixels) -> None:
        self._blobs = blobs
        self._scratch = scratch
        self._pixels = pixels
        self._index = KeyIndex(blobs, kind=PIXELS_KIND, encoder=_ENCODER)

    def contents(self, pictures: Gathered, samples: Iterable[Batch]) -> IntArray:
        """(n,): one number for the same pixels, where it is known; else that of the bytes.

        Args:
            pictures: those of the snapshot.
            samples: its rows of the table `samples`, in the order of the pictures.
        """
        found = pictures.content
        piles = _few(pixel_candidates(pictures))
        if not piles:
            return found
        digests = picture_digests(samples, np.concatenate(piles))
        known = self._known(sorted(set(digests.values())))
        stands_for = np.arange(int(found.max()) + 1)
        first: dict[Digest, int] = {}
        for place in np.concatenate(piles).tolist():
            if (pixels := known.get(digests[place])) is not None:
                stands_for[found[place]] = first.setdefault(pixels, int(found[place]))
        return stands_for[found]

    def _known(self, digests: Sequence[Digest]) -> dict[Digest, Digest]:
        """The digests of the pixels of pictures, by the digests of their bytes; those that can be had."""
        keys = {digest: compute_key(PIXELS_KIND, PIXELS_REVISION, {"picture": digest}) for digest in digests}
        entries = self._index.find(keys.values())
        reader = ShardReader(self._blobs)
        known = {
            digest: Digest(reader.read(entries[key]).data.hex())
            for digest, key in keys.items()
            if key in entries
        }
        new = dict(self._computed([digest for digest in digests if digest not in known]))
        if new:
            rows = [
                (keys[digest], Tensor(dtype="U8", shape=(32,), data=bytes.fromhex(pixels)))
                for digest, pixels in new.items()
            ]
            self._index.add(entry_batches(write_shard(self._blobs, rows).entries), scratch=self._scratch)
        return known | new

    def _computed(self, digests: Sequence[Digest]) -> Iterator[tuple[Digest, Digest]]:
        for start in range(0, len(digests), _AT_ONCE):
            some = digests[start : start + _AT_ONCE]
            with TemporaryDirectory(dir=self._scratch) as folder:
                paths = [Path(folder, digest) for digest in some]
                for digest, path in zip(some, paths, strict=True):
                    self._blobs.fetch(digest, path)
                found = self._pixels.digests(paths)
            yield from ((digest, pixels) for digest, pixels in zip(some, found, strict=True) if pixels)


def _few(piles: Sequence[IntArray]) -> list[IntArray]:
    """The first of them: as many as are compared, of each whole pile or none."""
    found: list[IntArray] = []
    room = MOST_PICTURES
    for pile in sorted(piles, key=lambda pile: int(pile[0])):
        room -= len(pile)
        if room < 0:
            break
        found.append(pile)
    return found
