"""What became of an entry's samples since it was listed last: kept, edited, renamed, added, vanished. Pure.

A sample that is found again keeps its stored id, under whatever name.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TypeVar

from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.identity import SampleId, sample_id


class Change(StrEnum):
    """What happened to a sample."""

    KEPT = "kept"
    EDITED = "edited"
    RENAMED = "renamed"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One sample as a source lists it. `digest` is that of the source's bytes."""

    name: str
    part: int = 0
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One sample as the previous manifest has it."""

    sample_id: SampleId
    name: str
    part: int = 0
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A listed sample with its id. `was` is what the previous manifest had, None for an added one."""

    sample_id: SampleId
    found: Found
    change: Change
    was: Known | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Every listed sample, and the known ones that are gone; both sorted by name and part."""

    placed: tuple[Placed, ...]
    vanished: tuple[Known, ...]


_Place = tuple[str, int]
_Sample = TypeVar("_Sample", Known, Found)


def compare_listing(entry: str, known: Iterable[Known], listing: Iterable[Found]) -> Changes:
    """Place each listed sample of `entry`; the order of the arguments' items does not matter.

    A known name is the same sample, edited if its digest differs. Of the others, a listed and a vanished
    sample with the same digest and part number are a rename; where several would do, those whose last
    path segment stayed are paired first, then by name. What is left is added. An added sample whose
    derived id any known one holds, be it renamed or vanished in this very listing, gets the next id derived
    for its name, so that it inherits nothing.

    All of both is held in memory. Of a long entry, leave out on both sides the samples whose name is listed
    again and whose stored id is the one derived from it: they are kept or edited, and nothing else depends
    on them.

    Raises:
        InvalidInputError: a name and part, or an id, is there twice.
    """
    before = _by_place(known)
    after = _by_place(listing)
    placed: dict[_Place, Placed] = {}
    for place in before.keys() & after.keys():
        same = before[place].digest == after[place].digest
        placed[place] = _place(after[place], Change.KEPT if same else Change.EDITED, before[place])
    gone = {place: before[place] for place in sorted(before.keys() - after.keys())}
    fresh = {place: after[place] for place in sorted(after.keys() - before.keys())}
    for alike in (_last_segment, _any_name):
        for found, was in _pair(fresh, gone, alike):
            placed[found.name, found.part] = _place(found, Change.RENAMED, was)
    taken = {was.sample_id for was in before.values()}
    if len(taken) != len(before):
        raise InvalidInputError(f"entry {entry}: two known samples share an id; repair the manifest")
    for place, found in fresh.items():
        chosen = _free_id(entry, found, taken)
        placed[place] = Placed(sample_id=chosen, found=found, change=Change.ADDED, was=None)
    return Changes(placed=tuple(placed[p] for p in sorted(placed)), vanished=tuple(gone.values()))


def _by_place(samples: Iterable[_Sample]) -> dict[_Place, _Sample]:
    places: dict[_Place, _Sample] = {}
    for sample in samples:
        if places.setdefault((sample.name, sample.part), sample) is not sample:
            raise InvalidInputError(
                f"{sample.name!r}, part {sample.part}, is listed twice; list each part once", field="name"
            )
    return places


def _last_segment(name: str) -> str:
    return PurePosixPath(name).name


def _any_name(_name: str) -> str:
    return ""


def _pair(
    fresh: dict[_Place, Found], gone: dict[_Place, Known], alike: Callable[[str], str]
) -> list[tuple[Found, Known]]:
    """Pair, and take out of both, what agrees in digest, part number and `alike` of the name."""
    candidates = defaultdict(list)
    for was in gone.values():
        candidates[was.digest, was.part, alike(was.name)].append(was)
    for waiting in candidates.values():
        waiting.reverse()  # popped from the end: the first name first
    pairs = []
    for found in list(fresh.values()):
        waiting = candidates.get((found.digest, found.part, alike(found.name)), [])
        if waiting:
            was = waiting.pop()
            pairs.append((found, was))
            del fresh[found.name, found.part], gone[was.name, was.part]
    return pairs


def _place(found: Found, change: Change, was: Known) -> Placed:
    return Placed(sample_id=was.sample_id, found=found, change=change, was=was)


def _free_id(entry: str, found: Found, taken: set[SampleId]) -> SampleId:
    again = 0
    while (chosen := sample_id(entry, found.name, found.part, again=again)) in taken:
        again += 1
    return chosen
