"""Where each step of a run is: counted, with nothing shuffled and no sample known but by number. Pure.

Any step is found from the number of samples in each bucket, so a run is entered anywhere; no NumPy is needed.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import lcm

from bakehouse.errors import InvalidInputError
from bakehouse.schedule.filling import Bucket, buckets_of, refuse_short_buckets
from bakehouse.schedule.segments import Runner, Segment, cut_segments
from bakehouse.schedule.terms import Counts, Lane, Terms, lanes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a step is: its epoch and its number there, both from 0."""

    epoch: int
    number: int
    is_last_of_epoch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """An epoch before it is shuffled.

    Args:
        number: from 0.
        draw: which of its crops each sample has.
        turn: how often this draw was there before.
        buckets: what it has, by lane and number; those of a lane that is not drawn from are left out.
        segments: how its steps are shared among lanes.
    """

    number: int
    draw: int
    turn: int
    buckets: tuple[Bucket, ...]
    segments: tuple[Segment, ...]

    @property
    def num_steps(self) -> int:
        """How many steps it has."""
        return sum(segment.num_steps for segment in self.segments)

    @property
    def is_whole(self) -> bool:
        """Whether all of its buckets' steps are seen."""
        return self.num_steps == sum(bucket.num_steps(self.turn) for bucket in self.buckets)


_Windows = tuple[tuple[int, int, int | None], ...]  # (lane, first step, the one behind the last) in the epoch


class Calendar:
    """The epochs of a plan, counted."""

    def __init__(self, terms: Terms, draws: Sequence[Counts]) -> None:
        """Count the epochs of `terms` over samples by (entry, bucket), for each draw.

        Raises:
            InvalidInputError: there is nothing to train on, nothing at the first step, or a bucket that can't
                fill a step where that is to be an error.
        """
        self.terms = terms
        self.lanes: Sequence[Lane]
        self.lanes, self._lane_of = lanes_of(terms)
        self._buckets = [buckets_of(terms, counts) for counts in draws]
        if not draws or not all(self._buckets):
            raise InvalidInputError(
                "there is nothing to train on; keep a sample, and an entry of a probability above 0"
            )
        refuse_short_buckets(terms, draws)
        fractions = [entry.passes.denominator for entry in terms.entries]
        self._cycle = len(draws) * lcm(*fractions)
        self._starts = [0]
        self._settled: int | None = None
        self._planned = lru_cache(maxsize=4096)(self._cut)
        self._reach_epochs(1)

    @property
    def num_draws(self) -> int:
        """Draws, which take turns."""
        return len(self._buckets)

    def buckets(self, draw: int) -> Sequence[Bucket]:
        """All buckets of a draw, by lane and number, whenever they are drawn from."""
        return self._buckets[draw]

    def num_steps(self, epoch: int) -> int:
        """Steps of an epoch."""
        return self.outline(epoch).num_steps

    def steps_of_epochs(self, num_epochs: int) -> int:
        """Steps of the first `num_epochs` epochs: what is done before epoch `num_epochs` (from 0)."""
        self._reach_epochs(num_epochs)
        if num_epochs < len(self._starts):
            return self._starts[num_epochs]
        first, cycle_steps = self._cycle_start()
        cycles, rest = divmod(num_epochs - first, self._cycle)
        return self._starts[first + rest] + cycles * cycle_steps

    def place(self, step: int) -> Place:
        """Where a step is; steps count from 0.

        Raises:
            InvalidInputError: no entry is drawn from by then.
        """
        while self._starts[-1] <= step and not self._is_periodic:
            self._reach_epochs(len(self._starts))
        epochs = 0
        if self._starts[-1] <= step:
            first, cycle_steps = self._cycle_start()
            cycles, rest = divmod(step - self._starts[first], cycle_steps)
            epochs, step = cycles * self._cycle, self._starts[first] + rest
        epoch = bisect_right(self._starts, step) - 1
        return Place(
            epoch=epoch + epochs,
            number=step - self._starts[epoch],
            is_last_of_epoch=step + 1 == self._starts[epoch + 1],
        )

    def outline(self, epoch: int) -> Outline:
        """An epoch, from 0, before it is shuffled."""
        turn, draw = divmod(epoch, self.num_draws)
        buckets, segments = self._planned(epoch % self._cycle, self._windows(epoch))
        return Outline(number=epoch, draw=draw, turn=turn, buckets=buckets, segments=segments)

    @property
    def _is_periodic(self) -> bool:
        """Whether a whole cycle was counted of what goes on unchanged."""
        return self._settled is not None and len(self._starts) > self._settled + self._cycle

    def _cycle_start(self) -> tuple[int, int]:
        assert self._settled is not None  # asked for behind `_is_periodic`
        first = self._settled
        return first, self._starts[first + self._cycle] - self._starts[first]

    def _reach_epochs(self, num_epochs: int) -> None:
        """Count up to `num_epochs` epochs, or a cycle of what goes on unchanged."""
        while len(self._starts) <= num_epochs and not self._is_periodic:
            epoch, start = len(self._starts) - 1, self._starts[-1]
            if self._settled is None and all(
                lane.window.is_settled(epoch=epoch + 1, num_before=start) for lane in self.lanes
            ):
                self._settled = epoch
            num_steps = self.num_steps(epoch)
            if not num_steps:
                raise self._nothing(epoch, start)
            self._starts.append(start + num_steps)

    def _windows(self, epoch: int) -> _Windows:
        """The lanes that are drawn from in an epoch, and in which of its steps."""
        start = self._starts[epoch] if epoch < len(self._starts) else self.steps_of_epochs(epoch)
        found = []
        for number, lane in enumerate(self.lanes):
            window = lane.window
            if epoch + 1 < window.start_epoch or window.is_over(epoch=epoch + 1, num_before=start):
                continue
            first = max(0, window.start_step - 1 - start)
            found.append((number, first, None if window.last_step is None else window.last_step - start))
        return tuple(found)

    def _cut(self, epoch: int, windows: _Windows) -> tuple[tuple[Bucket, ...], tuple[Segment, ...]]:
        turn, draw = divmod(epoch, self.num_draws)
        steps = [0] * len(self.lanes)
        for bucket in self._buckets[draw]:
            steps[bucket.lane] += bucket.num_steps(turn)
        runners = [Runner(num_steps=0)] * len(self.lanes)
        for number, first, stop in windows:
            lane = self.lanes[number]
            runners[number] = Runner(
                num_steps=steps[number],
                probability=lane.probability,
                slider=lane.slider,
                start=first,
                stop=stop,
                fade_steps=lane.fade_steps,
            )
        segments = cut_segments(runners, self.terms.sampling)
        seen = {lane for segment in segments for lane, count in enumerate(segment.counts) if count}
        return tuple(bucket for bucket in self._buckets[draw] if bucket.lane in seen), tuple(segments)

    def _nothing(self, epoch: int, start: int) -> InvalidInputError:
        windows = {entry.name: entry.window for entry in self.terms.entries if entry.window.start_epoch > 0}
        told = ", ".join(
            f"{name}: epochs {window.start_epoch} to {window.last_epoch or 'the end'}, steps "
            f"{max(1, window.start_step)} to {window.last_step or 'the end'}"
            for name, window in sorted(windows.items())
        )
        remedy = "let one begin at once" if not start else "let one go on, or train for fewer steps"
        return InvalidInputError(
            f"no dataset is drawn from at step {start + 1} (epoch {epoch + 1}): {told}; {remedy}",
            field="start_step" if not start else "end_step",
        )
