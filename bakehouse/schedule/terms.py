"""What is asked of a schedule: how often each entry is seen, when, and in which steps. Pure.

A *step* is what the weights are changed by: batch size x ranks x accumulation samples, all of one bucket.
Entries of which the same is asked share their buckets; those are a *lane*.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from bakehouse.errors import InvalidInputError

# Raised when a plan's steps have other samples than before.
SCHEDULE_REVISION = 2

# Decimals of `repeats`: the order of what is seen once more comes round after 1,000 epochs at the latest.
MOST_DECIMALS = 3

# Samples by (entry, bucket), of one draw.
Counts = Mapping[tuple[int, int], int]


class Sampling(StrEnum):
    """How steps are shared among lanes: by probability and size, or by probability alone."""

    AUTO = "auto-weighting"
    UNIFORM = "uniform"


class Underfilled(StrEnum):
    """What becomes of a bucket that can't fill a step: its samples are taken again, or it is refused."""

    PAD = "pad"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When an entry is drawn from: epochs and steps from 1, both ends in it; an end below 1 is none."""

    start_epoch: int = 1
    start_step: int = 0
    end_epoch: int | None = None
    end_step: int | None = None

    def __post_init__(self) -> None:
        for unit, start, last in (
            ("epoch", self.start_epoch, self.last_epoch),
            ("step", self.start_step, self.last_step),
        ):
            if last is not None and last < start:
                raise InvalidInputError(
                    f"end_{unit} {last} is before start_{unit} {start}: it would never be seen; give a later "
                    f"end_{unit}, or leave it out",
                    field=f"end_{unit}",
                )

    @property
    def last_epoch(self) -> int | None:
        """The last epoch; None where there is none."""
        return None if self.end_epoch is None or self.end_epoch < 1 else self.end_epoch

    @property
    def last_step(self) -> int | None:
        """The last step; None where there is none."""
        return None if self.end_step is None or self.end_step < 1 else self.end_step

    def is_active(self, *, epoch: int, num_before: int) -> bool:
        """Whether it is drawn from in `epoch` (from 1) when `num_before` steps are done."""
        has_begun = epoch >= self.start_epoch and num_before + 1 >= self.start_step
        return has_begun and not self.is_over(epoch=epoch, num_before=num_before)

    def is_over(self, *, epoch: int, num_before: int) -> bool:
        """Whether it will never be drawn from again."""
        past_epoch = self.last_epoch is not None and epoch > self.last_epoch
        return past_epoch or (self.last_step is not None and num_before + 1 > self.last_step)

    def is_settled(self, *, epoch: int, num_before: int) -> bool:
        """Whether nothing changes from here on."""
        if self.is_over(epoch=epoch, num_before=num_before):
            return True
        has_end = self.last_epoch is not None or self.last_step is not None
        return not has_end and self.is_active(epoch=epoch, num_before=num_before)


ALWAYS = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTerms:
    """What is asked of an entry.

    Args:
        name: for messages.
        passes: how often an epoch has each sample; of a fraction as many samples are seen once more.
        batch_size: samples of a rank's micro-batch.
        probability: its weight among the others; 0: it is not drawn from.
        window: when it is drawn from.
        slider: 1, -1 or 0: the sign of its slider_strength.
        fade_steps: its weight falls to nothing over so many steps of each epoch; None: it stays.
        oversubscribe: `passes` may be raised where a bucket can't fill a step.
    """

    name: str
    passes: Fraction = Fraction(1)
    batch_size: int = 1
    probability: Fraction = Fraction(1)
    window: Window = ALWAYS
    slider: int = 0
    fade_steps: int | None = None
    oversubscribe: bool = False

    def __post_init__(self) -> None:
        if self.passes < 1 or 10**MOST_DECIMALS % self.passes.denominator:
            raise InvalidInputError(
                f"dataset {self.name}: repeats {float(self.passes - 1):g}; give 0 or more, with at most "
                f"{MOST_DECIMALS} decimals",
                field="repeats",
            )
        if self.batch_size < 1:
            raise InvalidInputError(
                f"dataset {self.name}: batches of {self.batch_size}; give at least 1",
                field="train_batch_size",
            )
        if self.probability < 0:
            raise InvalidInputError(
                f"dataset {self.name}: probability {float(self.probability):g}; give 0 or more",
                field="probability",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Entries whose samples may share a step. `step_size` is the number of samples of a step."""

    batch_size: int
    step_size: int
    probability: Fraction
    window: Window
    slider: int
    fade_steps: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """All that is asked but which samples there are.

    A step has, of its lane's `batch_size`, `num_ranks` x `accumulation` micro-batches.
    """

    entries: Sequence[EntryTerms] = field(default_factory=lambda: (EntryTerms(name="all"),))
    num_ranks: int = 1
    accumulation: int = 1
    sampling: Sampling = Sampling.AUTO
    underfilled: Underfilled = Underfilled.PAD
    bucket_names: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.num_ranks < 1 or self.accumulation < 1:
            raise InvalidInputError(
                f"{self.num_ranks} ranks, {self.accumulation} batches a step; both are at least 1"
            )

    def bucket_name(self, bucket: int) -> str:
        """What a bucket is called."""
        return self.bucket_names[bucket] if bucket < len(self.bucket_names) else f"number {bucket}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePlan:
    """What is trained on, by number.

    `buckets[draw][sample]` is the bucket of a sample's draw (crop); epoch e takes draw e modulo their number.
    `entries[sample]` is its entry in `terms`.
    """

    terms: Terms
    buckets: Sequence[Sequence[int]]
    entries: Sequence[int]

    def __post_init__(self) -> None:
        if not self.buckets or any(len(draw) != len(self.entries) for draw in self.buckets):
            raise InvalidInputError(
                "each draw needs the bucket of each sample, and there is at least one draw"
            )

    def counts(self) -> list[Counts]:
        """Samples by (entry, bucket), for each draw."""
        return [Counter(zip(self.entries, draw, strict=True)) for draw in self.buckets]


def lanes_of(terms: Terms) -> tuple[list[Lane], list[int]]:
    """The lanes in the order of their first entries, and the lane of each entry.

    With uniform sampling each entry has its own: a weight is an entry's there, whatever its size.
    """
    numbers: dict[tuple[Lane, str], int] = {}
    lane_of = []
    for entry in terms.entries:
        lane = Lane(
            batch_size=entry.batch_size,
            step_size=entry.batch_size * terms.num_ranks * terms.accumulation,
            probability=entry.probability,
            window=entry.window,
            slider=entry.slider,
            fade_steps=entry.fade_steps,
        )
        key = (lane, entry.name if terms.sampling is Sampling.UNIFORM else "")
        lane_of.append(numbers.setdefault(key, len(numbers)))
    return [lane for lane, _ in numbers], lane_of
