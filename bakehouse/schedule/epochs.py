"""The samples of each step: every epoch an array computed from (plan, seed, epoch) alone. Needs NumPy.

Each bucket is shuffled and cut into steps, its last one filled from its own samples; then the steps are
shuffled. No epoch needs another, so a run is entered at any step. Ranks train on slices of a step: which
samples it has depends on how many they are in all, and not on who computes them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bakehouse.schedule.filling import Bucket
from bakehouse.schedule.places import Calendar, Outline, Place
from bakehouse.schedule.segments import Runner, turns_of
from bakehouse.schedule.terms import SchedulePlan

_SHUFFLE = "bakehouse.schedule/1"  # names the random numbers, which SCHEDULE_REVISION 2 left alone
_KEY_BYTES = 8
_KEPT_EPOCHS = 2

Numbers = npt.NDArray[np.uint32]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One epoch: its steps one behind the other.

    Args:
        number: from 0.
        draw: which of its crops each sample has.
        samples: (all samples of all steps,) uint32.
        starts: (steps + 1,) int64: where in `samples` each step begins.
        pads: the positions in `samples` of those that were taken again to fill a bucket's last step.
        lanes: (steps,) the lane of each step.
    """

    number: int
    draw: int
    samples: Numbers
    starts: Positions
    pads: Positions
    lanes: Positions

    @property
    def num_steps(self) -> int:
        """How many steps it has."""
        return len(self.lanes)

    def step(self, number: int) -> list[int]:
        """The samples of a step."""
        found: list[int] = self.samples[self.starts[number] : self.starts[number + 1]].tolist()
        return found


class Schedule:
    """The epochs of a plan under a seed."""

    def __init__(self, plan: SchedulePlan, *, seed: int) -> None:
        """Raises InvalidInputError: as `Calendar`."""
        self._plan = plan
        self.seed = seed
        self._parts = [_grouped(plan.entries, draw) for draw in plan.buckets]
        counts = [{place: len(members) for place, members in parts.items()} for parts in self._parts]
        self.calendar = Calendar(plan.terms, counts)
        self.epoch = lru_cache(maxsize=_KEPT_EPOCHS)(self._epoch)

    def place(self, step: int) -> Place:
        """Where a step of the run is; steps count from 0."""
        return self.calendar.place(step)

    def slices(self, place: Place, *, rank: int) -> list[slice]:
        """The part of a step that a rank trains on: a slice of the step's samples for each micro-batch."""
        batch_size = self.calendar.lanes[int(self.epoch(place.epoch).lanes[place.number])].batch_size
        terms = self._plan.terms
        firsts = [(number * terms.num_ranks + rank) * batch_size for number in range(terms.accumulation)]
        return [slice(first, first + batch_size) for first in firsts]

    def _epoch(self, number: int) -> Epoch:
        """One epoch, from nothing but its number."""
        outline = self.calendar.outline(number)
        lanes, rows = self._order(outline)
        sizes = np.array([lane.step_size for lane in self.calendar.lanes], dtype=np.int64)[lanes]
        starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
        samples = np.empty(int(starts[-1]), dtype=np.uint32)
        is_pad = np.zeros(len(samples), dtype=np.bool_)
        for lane in sorted({bucket.lane for bucket in outline.buckets}):
            drawn, pads = self._lane(outline, lane)
            steps = np.flatnonzero(lanes == lane)
            size = self.calendar.lanes[lane].step_size
            places = starts[steps][:, None] + np.arange(size)
            samples[places] = drawn.reshape(-1, size)[rows[steps]]
            is_pad[places] = pads.reshape(-1, size)[rows[steps]]
        return Epoch(
            number=number,
            draw=outline.draw,
            samples=samples,
            starts=starts,
            pads=np.flatnonzero(is_pad),
            lanes=lanes,
        )

    def _order(self, outline: Outline) -> tuple[Positions, Positions]:
        """The lane of each step, and which of its lane's steps it is."""
        place = f"{self.seed}/{outline.number}"
        runners = [Runner(num_steps=0, slider=lane.slider) for lane in self.calendar.lanes]
        rows = [self._rows(outline, lane) for lane in range(len(runners))]
        used = [0] * len(runners)
        steps: list[Positions] = []
        for number, segment in enumerate(outline.segments):
            groups = turns_of(runners, [lane for lane, count in enumerate(segment.counts) if count])
            order = np.empty((2, segment.num_steps), dtype=np.int64)
            for turn, group in enumerate(groups):
                taken = [
                    [np.full(segment.counts[lane], lane), rows[lane][used[lane] :][: segment.counts[lane]]]
                    for lane in group
                ]
                members = np.concatenate(taken, axis=1)
                name = f"{place}/batches" + (f"/{number}/{turn}" if number or turn else "")
                order[:, turn :: len(groups)] = members[:, _permutation(name, members.shape[1])]
            used = [before + count for before, count in zip(used, segment.counts, strict=True)]
            steps.append(order)
        lanes, found = np.concatenate(steps, axis=1)
        return lanes, found

    def _rows(self, outline: Outline, lane: int) -> Positions:
        """A lane's steps: as they come where one segment has them all, else shuffled before it is cut."""
        count = sum(bucket.num_steps(outline.turn) for bucket in outline.buckets if bucket.lane == lane)
        if len(outline.segments) == 1 and outline.is_whole:
            return np.arange(count, dtype=np.int64)
        return _permutation(f"{self.seed}/{outline.number}/lane/{lane}", count)

    def _lane(self, outline: Outline, lane: int) -> tuple[Numbers, npt.NDArray[np.bool_]]:
        """The samples of a lane's steps, bucket by bucket, and which of them are pads."""
        drawn, pads = [], []
        for bucket in outline.buckets:
            if bucket.lane != lane:
                continue
            members = self._members(outline, bucket)
            name = f"{lane}/{bucket.number}" if lane else f"{bucket.number}"
            order = _permutation(f"{self.seed}/{outline.number}/bucket/{name}", len(members))
            num_pads = -len(members) % bucket.step_size
            again = np.arange(num_pads) % max(1, len(members))
            drawn += [members[order], members[order[again]]]
            pads += [np.zeros(len(members), dtype=np.bool_), np.ones(num_pads, dtype=np.bool_)]
        return np.concatenate(drawn), np.concatenate(pads)

    def _members(self, outline: Outline, bucket: Bucket) -> Numbers:
        """The samples that an epoch has of a bucket, in their order, each as often as it is seen."""
        found, times = [], []
        for part in bucket.parts:
            members = self._parts[outline.draw][part.entry, bucket.number]
            seen = np.full(len(members), int(part.passes))
            start, stop = part.extras(outline.turn)
            if stop > start:
                circle = _permutation(
                    f"{self.seed}/circle/{outline.draw}/{part.entry}/{bucket.number}", len(members)
                )
                seen[circle[np.arange(start, stop) % len(members)]] += 1
            found.append(members)
            times.append(seen)
        samples, counts = np.concatenate(found), np.concatenate(times)
        if len(found) > 1:
            order = np.argsort(samples, kind="stable")
            samples, counts = samples[order], counts[order]
        return np.repeat(samples, counts) if int(counts.max()) > 1 else samples


def _grouped(entries: Sequence[int], buckets: Sequence[int]) -> dict[tuple[int, int], Numbers]:
    """The samples of each entry and bucket, in their order."""
    entry, bucket = np.asarray(entries, dtype=np.int64), np.asarray(buckets, dtype=np.int64)
    width = int(bucket.max(initial=0)) + 1
    keys = entry * width + bucket
    counts = np.bincount(keys)
    # small numbers are sorted by radix
    order = np.argsort(keys.astype(np.min_scalar_type(len(counts))), kind="stable").astype(np.uint32)
    kinds = np.flatnonzero(counts)
    groups = np.split(order, np.cumsum(counts[kinds])[:-1])
    return {
        (int(kind) // width, int(kind) % width): members for kind, members in zip(kinds, groups, strict=True)
    }


def _permutation(name: str, length: int) -> Positions:
    """The numbers below `length`, ordered by pseudorandom keys that only `name` decides (SHAKE-256)."""
    stream = hashlib.shake_256(f"{_SHUFFLE}/{name}".encode()).digest(_KEY_BYTES * length)
    return np.argsort(np.frombuffer(stream, dtype="<u8"), kind="stable")
