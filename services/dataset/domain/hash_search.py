"""Which pictures look alike by their hashes, without comparing each with each. Pure.

Two words that differ in at most d of 64 bits agree in one of d + 1 bands. So pictures whose hashes are both
that near share a band of the first hash and one of the second: only those who share such a pair of bands are
compared (multi-index hashing: Norouzi, Punjani and Fleet, 2012). Two hashes at once are 2**25 piles and more
for 200,000 pictures, and a pile is not large because one of the hashes says little, as it does of line art.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from services.dataset.domain.groups import Groups
from services.dataset.domain.sizes import BoolArray, IntArray

WordArray = NDArray[np.uint64]

MOST_DISTANCE = 8  # of 64 bits; beyond it pictures have little in common, and piles grow large

_WORD_BITS = 64
_BLOCK_PAIRS = 1 << 19  # compared at once


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hashes:
    """Perceptual hashes of n pictures: two uint64 arrays of one length."""

    phash: WordArray
    dhash: WordArray

    def __len__(self) -> int:
        return len(self.phash)

    def take(self, rows: IntArray | BoolArray) -> "Hashes":
        """Some of them."""
        return Hashes(phash=self.phash[rows], dhash=self.dhash[rows])

    def near(self, left: IntArray, right: IntArray, distance: int) -> BoolArray:
        """Whether both hashes differ in at most `distance` bits, a pair each."""
        close: BoolArray = np.bitwise_count(self.phash[left] ^ self.phash[right]) <= distance
        close &= np.bitwise_count(self.dhash[left] ^ self.dhash[right]) <= distance
        return close


def alike(hashes: Hashes, distance: int) -> IntArray:
    """Groups of pictures that look alike: two are together if a chain of near ones joins them.

    Held are some 150 bytes a picture and a block of pairs.

    Args:
        hashes: of n pictures.
        distance: how many bits may differ, in either hash; 0 to `MOST_DISTANCE`.

    Returns:
        (n,): the first picture of each one's group, by place.
    """
    first, places = _distinct(hashes)
    distinct = hashes.take(first)
    groups = Groups(len(distinct))
    bands = _bands(distance + 1)
    for one, other in product(bands, bands) if distance else ():
        key = one.of(distinct.phash) << np.uint64(other.width) | other.of(distinct.dhash)
        for pairs in _sharing(key, groups.labels):
            is_apart = groups.apart(*pairs)
            left, right = (side[is_apart] for side in pairs)
            is_near = distinct.near(left, right, distance)
            groups.join(left[is_near], right[is_near])
    return first[groups.labels][places]


@dataclass(frozen=True, slots=True)
class _Band:
    shift: int
    width: int

    def of(self, words: WordArray) -> WordArray:
        return (words >> np.uint64(self.shift)) & np.uint64((1 << self.width) - 1)


def _bands(number: int) -> list[_Band]:
    cuts = [_WORD_BITS * place // number for place in range(number + 1)]
    return [_Band(low, high - low) for low, high in pairwise(cuts)]


def _distinct(hashes: Hashes) -> tuple[IntArray, IntArray]:
    """The first picture with each pair of hashes, in order; and for each picture, its place among those.

    A thousand blank pages would be a pile of half a million pairs that are all found to be equal.
    """
    order = np.lexsort((hashes.dhash, hashes.phash))  # stable: equal ones stay in order
    ordered = hashes.take(order)
    is_new = np.ones(len(order), dtype=np.bool_)
    is_new[1:] = (ordered.phash[1:] != ordered.phash[:-1]) | (ordered.dhash[1:] != ordered.dhash[:-1])
    first = order[is_new]
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(is_new) - 1
    rank = np.argsort(first)  # labels are the smallest place, so places must keep their order
    new_number = np.empty(len(first), dtype=np.int64)
    new_number[rank] = np.arange(len(first))
    return first[rank], new_number[number]


def _sharing(keys: WordArray, labels: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """All pairs of places with equal keys, in blocks; but for piles all of which is one group already."""
    order = np.argsort(keys)
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(keys) else order
    sizes = np.diff(np.append(starts, len(keys)))
    # Of each place in `order`: how many with its key come after it. Few have any.
    after = np.repeat(starts + sizes, sizes) - np.arange(len(keys)) - 1
    if len(starts):
        grouped = labels[order]
        is_one = np.minimum.reduceat(grouped, starts) == np.maximum.reduceat(grouped, starts)
        after[np.repeat(is_one, sizes)] = 0
    paired = np.flatnonzero(after)
    ends = np.cumsum(after[paired])
    begin = 0
    while begin < len(paired):
        done = ends[begin - 1] if begin else 0
        stop = max(int(np.searchsorted(ends, done + _BLOCK_PAIRS, side="right")), begin + 1)
        rows, counts = paired[begin:stop], after[paired[begin:stop]]
        left = np.repeat(rows, counts)
        within = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
        yield order[left], order[left + 1 + within]
        begin = stop
