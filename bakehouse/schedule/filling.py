"""How many samples a bucket has in an epoch, and the buckets that can't fill a step. Pure.

A fraction of a pass: an entry's samples of a bucket are a circle in a fixed shuffled order, and each epoch
sees the next part of it once more. So the sum over epochs is right to one, and nothing is left to chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from bakehouse.errors import InvalidInputError
from bakehouse.schedule.terms import Counts, Terms, Underfilled, lanes_of

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The samples of one entry in a bucket, and how often an epoch has each of them."""

    entry: int
    num_samples: int
    passes: Fraction

    def extras(self, turn: int) -> tuple[int, int]:
        """Which part of the circle is seen once more when the draw comes for the `turn`th time, from 0."""
        rest = self.passes % 1
        return int(self.num_samples * turn * rest), int(self.num_samples * (turn + 1) * rest)

    def num_seen(self, turn: int) -> int:
        """How many samples an epoch sees of it, each as often as it comes."""
        start, stop = self.extras(turn)
        return self.num_samples * int(self.passes) + stop - start


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A lane's bucket: what is seen of it fills steps of `step_size` samples, the last one with pads."""

    lane: int
    number: int
    step_size: int
    parts: tuple[Part, ...]

    @property
    def num_samples(self) -> int:
        """Samples, each counted once."""
        return sum(part.num_samples for part in self.parts)

    def num_seen(self, turn: int) -> int:
        """How many samples are seen, pads not counted."""
        return sum(part.num_seen(turn) for part in self.parts)

    def num_steps(self, turn: int) -> int:
        """How many steps it fills."""
        return -(-self.num_seen(turn) // self.step_size)

    @property
    def mean_seen(self) -> Fraction:
        """How many samples an epoch sees on average."""
        return sum((part.num_samples * part.passes for part in self.parts), Fraction(0))

    @property
    def is_underfilled(self) -> bool:
        """Whether an epoch sees fewer of its samples than a step has."""
        return self.num_samples > 0 and self.mean_seen < self.step_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """A bucket that can't fill a step. `repeats` would fill it: what each of its entries needs."""

    bucket: str
    entries: tuple[str, ...]
    num_samples: int
    num_seen: float
    step_size: int
    repeats: int


def buckets_of(terms: Terms, counts: Counts) -> list[Bucket]:
    """The buckets of a draw by lane and number, passes raised where that is allowed and needed."""
    lanes, lane_of = lanes_of(terms)
    parts: dict[tuple[int, int], list[Part]] = {}
    for (entry, number), num_samples in sorted(counts.items()):
        if num_samples and terms.entries[entry].probability:
            part = Part(entry=entry, num_samples=num_samples, passes=terms.entries[entry].passes)
            parts.setdefault((lane_of[entry], number), []).append(part)
    found = [
        Bucket(lane=lane, number=number, step_size=lanes[lane].step_size, parts=tuple(members))
        for (lane, number), members in sorted(parts.items())
    ]
    return [_oversubscribed(bucket, terms) for bucket in found]


def short_buckets(terms: Terms, draws: Sequence[Counts]) -> list[Short]:
    """The buckets that can't fill a step, each once."""
    found: dict[Short, None] = {}
    for counts in draws:
        for bucket in buckets_of(terms, counts):
            if bucket.is_underfilled:
                found[_short(bucket, terms)] = None
    return list(found)


def refuse_short_buckets(terms: Terms, draws: Sequence[Counts]) -> None:
    """Hold a plan to `underfilled: error`.

    Raises:
        InvalidInputError: a bucket can't fill a step; all numbers are in the message.
    """
    short = short_buckets(terms, draws) if terms.underfilled is Underfilled.ERROR else []
    if not short:
        return
    told = [
        f"bucket {one.bucket} of {', '.join(one.entries)}: {one.num_samples} pictures, seen {one.num_seen:g} "
        f"times in all, fill no step of {one.step_size}; repeats: {one.repeats} would"
        for one in short[:_NAMED]
    ]
    more = f"; and {len(short) - _NAMED} more buckets" if len(short) > _NAMED else ""
    raise InvalidInputError(
        f"{'; '.join(told)}{more}. A step has train_batch_size x {terms.num_ranks} processes x "
        f"{terms.accumulation} gradient_accumulation_steps: make one of these smaller, give repeats: "
        f"{max(one.repeats for one in short)} to all of them, add pictures, or set underfilled: pad",
        field="underfilled",
    )


def _oversubscribed(bucket: Bucket, terms: Terms) -> Bucket:
    free = [part for part in bucket.parts if terms.entries[part.entry].oversubscribe]
    if not free or not bucket.is_underfilled:
        return bucket
    fixed = sum(part.num_samples * part.passes for part in bucket.parts if part not in free)
    passes = Fraction(ceil((bucket.step_size - fixed) / sum(part.num_samples for part in free)))
    parts = tuple(
        Part(entry=part.entry, num_samples=part.num_samples, passes=max(passes, part.passes))
        if part in free
        else part
        for part in bucket.parts
    )
    return Bucket(lane=bucket.lane, number=bucket.number, step_size=bucket.step_size, parts=parts)


def _short(bucket: Bucket, terms: Terms) -> Short:
    return Short(
        bucket=terms.bucket_name(bucket.number),
        entries=tuple(terms.entries[part.entry].name for part in bucket.parts),
        num_samples=bucket.num_samples,
        num_seen=float(bucket.mean_seen),
        step_size=bucket.step_size,
        repeats=-(-bucket.step_size // bucket.num_samples) - 1,
    )
