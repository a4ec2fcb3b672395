"""Which samples each step trains on: every epoch an array computed from (plan, seed, epoch) alone. Pure.

A *global batch* holds samples of one bucket; ranks train on slices of it, a step on one or several of them.
No epoch needs another, so a run is entered at any step. Nothing here knows tensors.
"""

import hashlib
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bakehouse.errors import InvalidInputError

SCHEDULE_REVISION = 1

_KEY_BYTES = 8
_KEPT_EPOCHS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePlan:
    """What is trained on, by number.

    `buckets[draw][sample]` is the bucket of a sample's draw (crop); epoch e takes draw e modulo their number.
    `passes[sample]` is how often an epoch has the sample. A global batch has `batch_size` samples, a step
    `batches_per_step` global batches (gradient accumulation), the last one of an epoch perhaps fewer.
    """

    buckets: Sequence[Sequence[int]]
    passes: Sequence[int]
    batch_size: int
    batches_per_step: int = 1

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.batches_per_step < 1:
            raise InvalidInputError(
                f"batches of {self.batch_size}, {self.batches_per_step} a step; both are at least 1"
            )
        if not self.buckets or any(len(draw) != len(self.passes) for draw in self.buckets):
            raise InvalidInputError(
                "each draw needs the bucket of each sample, and there is at least one draw"
            )
        if min(self.passes, default=0) < 0 or not any(self.passes):
            raise InvalidInputError("there is nothing to train on; keep a sample that is seen at least once")


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One epoch: global batches one behind the other.

    `pads` are the positions in `samples` of those that were taken again to fill a bucket's last batch.
    """

    number: int
    draw: int
    batch_size: int
    samples: "array[int]"
    pads: "array[int]"

    @property
    def num_batches(self) -> int:
        """How many global batches it has."""
        return len(self.samples) // self.batch_size

    def batch(self, number: int) -> Sequence[int]:
        """The samples of a global batch."""
        return self.samples[number * self.batch_size : (number + 1) * self.batch_size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a step is: its epoch (from 0) and the global batches that it has there."""

    epoch: int
    batches: range
    is_last_of_epoch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One sample's turn in a run: what all its randomness (caption, timestep, noise) is drawn from.

    `occurrence` counts the same sample's turns in one global batch.
    """

    seed: int
    epoch: int
    batch: int
    sample: bytes
    occurrence: int = 0

    def bits(self, purpose: str) -> int:
        """64 random bits for `purpose`, the same whenever and wherever they are asked for."""
        place = f"{self.seed}/{self.epoch}/{self.batch}/{self.occurrence}/{purpose}/".encode()
        return int.from_bytes(hashlib.sha256(place + self.sample).digest()[:_KEY_BYTES], "big")

    def uniform(self, purpose: str) -> float:
        """A number in [0, 1) from 53 of these bits."""
        return (self.bits(purpose) >> 11) / (1 << 53)


class Schedule:
    """The epochs of a plan under a seed."""

    def __init__(self, plan: SchedulePlan, *, seed: int) -> None:
        self._plan = plan
        self.seed = seed
        self.epoch = lru_cache(maxsize=_KEPT_EPOCHS)(self._epoch)

    def num_batches(self, epoch: int) -> int:
        """Global batches of an epoch, which need no shuffling to be counted."""
        return self._batches_by_draw[epoch % len(self._plan.buckets)]

    def num_steps(self, epoch: int) -> int:
        """Steps of an epoch."""
        return -(-self.num_batches(epoch) // self._plan.batches_per_step)

    def steps_of_epochs(self, num_epochs: int) -> int:
        """Steps of the first `num_epochs` epochs."""
        cycles, rest = divmod(num_epochs, len(self._plan.buckets))
        return cycles * self._cycle_steps + sum(self.num_steps(epoch) for epoch in range(rest))

    def place(self, step: int) -> Place:
        """Where a step is; steps count from 0."""
        cycle, rest = divmod(step, self._cycle_steps)
        epoch = cycle * len(self._plan.buckets)
        while rest >= self.num_steps(epoch):
            rest -= self.num_steps(epoch)
            epoch += 1
        first = rest * self._plan.batches_per_step
        stop = min(first + self._plan.batches_per_step, self.num_batches(epoch))
        last = stop == self.num_batches(epoch)
        return Place(epoch=epoch, batches=range(first, stop), is_last_of_epoch=last)

    @cached_property
    def _members(self) -> Sequence[dict[int, "array[int]"]]:
        return [_members(draw, self._plan.passes) for draw in self._plan.buckets]

    @cached_property
    def _batches_by_draw(self) -> Sequence[int]:
        size = self._plan.batch_size
        return [sum(-(-len(members) // size) for members in draw.values()) for draw in self._members]

    @cached_property
    def _cycle_steps(self) -> int:
        return sum(self.num_steps(draw) for draw in range(len(self._plan.buckets)))

    def _epoch(self, number: int) -> Epoch:
        """One epoch, from nothing but its number: buckets are shuffled, cut into batches, these shuffled."""
        size, draw = self._plan.batch_size, number % len(self._plan.buckets)
        drawn, pad_batches = array("I"), {}
        for bucket, members in sorted(self._members[draw].items()):
            order = _permutation(f"{self.seed}/{number}/bucket/{bucket}", len(members))
            drawn.extend(members[at] for at in order)
            if num_pads := -len(members) % size:
                drawn.extend(members[order[at % len(order)]] for at in range(num_pads))
                pad_batches[len(drawn) // size - 1] = num_pads
        samples, pads = array("I"), array("I")
        for batch in _permutation(f"{self.seed}/{number}/batches", len(drawn) // size):
            samples.extend(drawn[batch * size : (batch + 1) * size])
            pads.extend(range(len(samples) - pad_batches.get(batch, 0), len(samples)))
        return Epoch(number=number, draw=draw, batch_size=size, samples=samples, pads=pads)


def turns(
    batch: Sequence[int], ids: Sequence[bytes], *, seed: int, epoch: int, number: int
) -> Iterator[Turn]:
    """The turns of a global batch's samples, whose ids are in `ids`; `number` is the batch's in its epoch."""
    seen: dict[int, int] = {}
    for sample in batch:
        occurrence = seen.get(sample, 0)
        seen[sample] = occurrence + 1
        yield Turn(seed=seed, epoch=epoch, batch=number, sample=ids[sample], occurrence=occurrence)


def rank_slice(batch_size: int, *, rank: int, num_ranks: int) -> slice:
    """The part of a global batch that a rank trains on.

    Raises:
        InvalidInputError: it can't be shared evenly.
    """
    share, rest = divmod(batch_size, num_ranks)
    if rest or not share:
        raise InvalidInputError(f"{num_ranks} ranks can't share a batch of {batch_size} evenly")
    return slice(rank * share, (rank + 1) * share)


def _members(buckets: Sequence[int], passes: Sequence[int]) -> dict[int, "array[int]"]:
    found: dict[int, array[int]] = {}
    for sample, (bucket, times) in enumerate(zip(buckets, passes, strict=True)):
        if times:
            found.setdefault(bucket, array("I")).extend([sample] * times)
    return found


def _permutation(name: str, length: int) -> list[int]:
    """The numbers below `length`, ordered by pseudorandom keys that only `name` decides (SHAKE-256)."""
    stream = hashlib.shake_256(f"bakehouse.schedule/{SCHEDULE_REVISION}/{name}".encode())
    keys = array("Q", stream.digest(_KEY_BYTES * length))
    if sys.byteorder == "big":
        keys.byteswap()
    return sorted(range(length), key=keys.__getitem__)
