"""Which pictures are there twice, and which of them are set aside. Pure.

Exact duplicates are the same bytes or the same pixels, near ones look alike. Pictures of different realms are
never compared: prior pictures with training pictures, or entries that train at different resolutions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from bakehouse.errors import InvalidInputError
from services.dataset.domain.groups import Groups
from services.dataset.domain.hash_search import MOST_DISTANCE, Hashes, alike
from services.dataset.domain.sizes import BoolArray, FloatArray, IntArray

# Of two files of one picture the one in the earlier format is the better, if nothing else tells.
FORMATS_BEST_FIRST = (
    "PNG",
    "TIFF",
    "BMP",
    "TGA",
    "PSD",
    "JXL",
    "JPEG2000",
    "WEBP",
    "AVIF",
    "HEIF",
    "JPEG",
    "GIF",
)


class ExactPolicy(StrEnum):
    """What becomes of a picture that is there already, bytes or pixels."""

    SET_ASIDE = "set_aside"
    REPORT = "report"
    KEEP_ALL = "keep_all"


class NearPolicy(StrEnum):
    """What becomes of a picture that looks like another."""

    REPORT = "report"
    KEEP_BEST = "keep_best"
    OFF = "off"


class Kind(StrEnum):
    """How a picture is there twice; the reason why it is set aside. A verdict names it by its place."""

    NONE = ""
    EXACT = "exact_duplicate"
    NEAR = "near_duplicate"


KINDS = tuple(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRules:
    """What an entry does with its own pictures that are there twice, in it or in another entry.

    Exact ones are set aside only where their captions are equal, too: people duplicate a picture on purpose
    to caption it twice. `distance` is how many of 64 bits of either hash may differ in near ones.
    """

    exact: ExactPolicy = ExactPolicy.SET_ASIDE
    near: NearPolicy = NearPolicy.REPORT
    distance: int = 4

    def __post_init__(self) -> None:
        if not 0 <= self.distance <= MOST_DISTANCE:
            raise InvalidInputError(
                f"duplicates: distance {self.distance}; give 0 to {MOST_DISTANCE} of 64 bits",
                field="duplicates",
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """What is known of n pictures that would be kept. Numbers stand for what they have in common.

    Args:
        rules: those of the entries.
        entry: (n,) places in `rules`.
        realm: (n,) only pictures of one number are compared.
        content: (n,) one number for the same bytes.
        said: (n,) one number for the same captions.
        ids: (n,) sample ids, as bytes.
        width, height: (n,) upright, in pixels.
        size_bytes: (n,) of the source's file.
        format_rank: (n,) places in `FORMATS_BEST_FIRST`.
        sharpness: (n,) the more, the sharper; 0 where nobody measured.
        hashes: of all; of those that have none (`is_hashed`) any.
    """

    rules: tuple[DuplicateRules, ...]
    entry: IntArray
    realm: IntArray
    content: IntArray
    said: IntArray
    ids: NDArray[np.bytes_]
    width: IntArray
    height: IntArray
    size_bytes: IntArray
    format_rank: IntArray
    sharpness: FloatArray
    hashes: Hashes
    is_hashed: BoolArray

    def __len__(self) -> int:
        return len(self.entry)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdict:
    """What becomes of n pictures.

    Args:
        kind: (n,) places in `KINDS`: how it is a duplicate of `of`.
        of: (n,) the picture that it is a duplicate of, by place, which is kept; itself where it is none.
        is_out: (n,) whether it is set aside.
    """

    kind: NDArray[np.int8]
    of: IntArray
    is_out: BoolArray

    def count(self, kind: Kind, *, is_out: bool) -> int:
        """How many are duplicates of this kind, and set aside or only reported."""
        return int(np.count_nonzero((self.kind == KINDS.index(kind)) & (self.is_out == is_out)))


def judge(pictures: Gathered, same_pixels: IntArray | None = None) -> Verdict:
    """Find duplicates and decide which stay.

    Args:
        pictures: that would be kept.
        same_pixels: (n,) one number for the same pixels, where that is known; else its content's.
    """
    same = pictures.content if same_pixels is None else same_pixels
    exact = _exact(pictures, same)
    near = _near(pictures, same, exact)
    of = np.where(near.is_out | (exact.kind == 0), near.of, exact.of)
    kind = np.where(near.is_out | (exact.kind == 0), near.kind, exact.kind).astype(np.int8)
    # What an exact duplicate is a duplicate of may itself have given way to a better one: to this one, even.
    of = np.where(near.is_out[of], near.of[of], of)
    kind[of == np.arange(len(of))] = 0
    return Verdict(kind=kind, of=of, is_out=exact.is_out | near.is_out)


def pixel_candidates(pictures: Gathered) -> list[IntArray]:
    """Pictures that may be the same pixels in other bytes: they share realm, size, captions and both hashes.

    Each array has the first picture of each of several contents, by place.
    """
    rows = np.flatnonzero(pictures.is_hashed & ~_has(pictures, "exact", ExactPolicy.KEEP_ALL))
    looks = (
        pictures.realm,
        pictures.said,
        pictures.width,
        pictures.height,
        pictures.hashes.phash,
        pictures.hashes.dhash,
    )
    order = rows[np.lexsort((pictures.content[rows], *(column[rows] for column in looks)))]
    new_look, new_content = (
        _changes([column[order] for column in columns]) for columns in (looks, (*looks, pictures.content))
    )
    first = order[new_content]
    starts = np.flatnonzero(new_look[new_content])
    ends = np.append(starts[1:], len(first))
    piles = np.flatnonzero(ends[: len(starts)] - starts > 1).tolist()
    return [first[starts[pile] : ends[pile]] for pile in piles]


def _exact(pictures: Gathered, same: IntArray) -> Verdict:
    """Each is a duplicate of the first with its pixels; set aside where its captions are not new either."""
    verdict = _none(pictures)
    rows = np.flatnonzero(~_has(pictures, "exact", ExactPolicy.KEEP_ALL))
    can_go = _has(pictures, "exact", ExactPolicy.SET_ASIDE)
    rank = (rows, can_go[rows])  # those that stay anyway come first; then by their order
    for columns, is_out in (((pictures.realm, same), False), ((pictures.realm, same, pictures.said), True)):
        first = _first_alike([column[rows] for column in columns], rank)
        is_twice = (first != np.arange(len(rows))) & (can_go[rows] | (not is_out))
        twice = rows[is_twice]
        verdict.kind[twice] = KINDS.index(Kind.EXACT)
        verdict.of[twice] = rows[first[is_twice]]
        verdict.is_out[twice] = is_out
    return verdict


def _near(pictures: Gathered, same: IntArray, exact: Verdict) -> Verdict:
    """Among those that are left, each is a duplicate of the best that it is grouped with."""
    verdict = _none(pictures)
    is_in = pictures.is_hashed & ~exact.is_out & ~_has(pictures, "near", NearPolicy.OFF)
    can_go = _has(pictures, "near", NearPolicy.KEEP_BEST)
    for realm in np.unique(pictures.realm[is_in]):
        rows = np.flatnonzero(is_in & (pictures.realm == realm))
        first = _alike_by_rules(pictures, rows)
        worst_last = (
            pictures.ids[rows],
            pictures.format_rank[rows],
            -pictures.size_bytes[rows],
            -pictures.sharpness[rows],
            -(pictures.width[rows] * pictures.height[rows]),
        )
        best = _first_alike([first], worst_last)
        # Copies that stay for their captions are told of as exact ones.
        is_copy = same[rows] == same[rows[best]]
        is_worse = (best != np.arange(len(rows))) & (can_go[rows] | ~is_copy)
        worse = rows[is_worse]
        verdict.kind[worse] = KINDS.index(Kind.NEAR)
        verdict.of[worse] = rows[best[is_worse]]
        verdict.is_out[worse] = can_go[worse]
    return verdict


def _alike_by_rules(pictures: Gathered, rows: IntArray) -> IntArray:
    """Groups among `rows`: a pair counts by the smaller distance of its two entries."""
    groups = Groups(len(rows))
    distances = np.array([rules.distance for rules in pictures.rules])[pictures.entry[rows]]
    for distance in np.unique(distances):
        among = np.flatnonzero(distances >= distance)
        groups.join(among, among[alike(pictures.hashes.take(rows[among]), int(distance))])
    return groups.labels


def _first_alike(columns: list[IntArray], rank: tuple[NDArray[np.generic], ...]) -> IntArray:
    """(n,): the first place, by `rank`, with the same values in `columns`. The last of `rank` counts most."""
    order = np.lexsort((*rank, *columns))
    is_new = _changes([column[order] for column in columns])
    found = np.empty(len(order), dtype=np.int64)
    found[order] = order[np.maximum.accumulate(np.where(is_new, np.arange(len(order)), 0))]
    return found


def _changes(columns: Sequence[NDArray[np.generic]]) -> BoolArray:
    """Where a row differs from the one before it; the first does."""
    found = np.ones(len(columns[0]), dtype=np.bool_)
    found[1:] = False
    for column in columns:
        found[1:] |= column[1:] != column[:-1]
    return found


def _has(pictures: Gathered, name: str, policy: StrEnum) -> BoolArray:
    by_entry = np.array([getattr(rules, name) is policy for rules in pictures.rules], dtype=np.bool_)
    return by_entry[pictures.entry]


def _none(pictures: Gathered) -> Verdict:
    size = len(pictures)
    return Verdict(
        kind=np.zeros(size, dtype=np.int8),
        of=np.arange(size, dtype=np.int64),
        is_out=np.zeros(size, dtype=np.bool_),
    )
