"""How an epoch's steps are shared among lanes: cut where a lane begins, ends or is used up. Pure.

Within a segment every lane has its part of the steps, by its weight, to the step; which of them come first is
left to the shuffle. Without weights and windows all lanes are used up together, and an epoch is one segment.
Lanes of sliders take turns: positive, negative, neutral; weights count among lanes of one sign.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from bakehouse.schedule.terms import Sampling

SIGNS = (1, -1, 0)  # positive, negative, neutral: the order in which they take turns
_STAIRS = 16  # a weight that fades does so in so many stairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A lane in an epoch: how many steps it has, and in which of the epoch's steps, from 0, it is drawn from.

    `stop` is None where it stays to the end; `probability` is its own, not yet weighed by its size.
    """

    num_steps: int
    probability: Fraction = Fraction(1)
    slider: int = 0
    start: int = 0
    stop: int | None = None
    fade_steps: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of steps: how many of them each lane has."""

    first: int
    counts: tuple[int, ...]

    @property
    def num_steps(self) -> int:
        """How long it is."""
        return sum(self.counts)


def weight_of(runner: Runner, *, sampling: Sampling, num_total: int, step: int) -> Fraction:
    """A lane's weight at a step of the epoch: SimpleTuner's.

    Args:
        runner: the lane.
        sampling: `uniform`: its probability; `auto-weighting`: that times its part of all.
        num_total: steps of all lanes together.
        step: of the epoch, from 0.
    """
    size = Fraction(runner.num_steps, num_total) if sampling is Sampling.AUTO else Fraction(1)
    fade = Fraction(1)
    if runner.fade_steps is not None:
        fade = max(Fraction(0), 1 - Fraction(step, runner.fade_steps))
    return runner.probability * size * fade


def cut_segments(runners: Sequence[Runner], sampling: Sampling) -> list[Segment]:
    """The segments of an epoch, one behind the other.

    It ends when nothing is left that may be drawn from: a lane that begins later waits for the next epoch,
    and what a lane has left when it ends is not seen.
    """
    left = [runner.num_steps for runner in runners]
    total = max(1, sum(left))
    found: list[Segment] = []
    now = 0
    while True:
        weights = {
            lane: weight_of(runner, sampling=sampling, num_total=total, step=now)
            for lane, runner in enumerate(runners)
            if left[lane] and runner.start <= now and (runner.stop is None or now < runner.stop)
        }
        weights = {lane: weight for lane, weight in weights.items() if weight > 0}
        if not weights:
            return found
        counts = _shared(runners, weights, left, limit=_next_change(runners, now))
        found.append(Segment(first=now, counts=tuple(counts.get(lane, 0) for lane in range(len(left)))))
        left = [steps - counts.get(lane, 0) for lane, steps in enumerate(left)]
        now += found[-1].num_steps


def turns_of(runners: Sequence[Runner], lanes: Sequence[int]) -> list[list[int]]:
    """Lanes that take turns with one another: those of each sign, in their order; empty ones left out."""
    signed = [[lane for lane in lanes if runners[lane].slider == sign] for sign in SIGNS]
    return [group for group in signed if group]


def _next_change(runners: Sequence[Runner], now: int) -> int | None:
    """How many steps there are until a lane begins or ends, or its weight falls; None: no such thing."""
    changes: list[int] = []
    for runner in runners:
        changes += [runner.start, *([] if runner.stop is None else [runner.stop])]
        if runner.fade_steps is not None:
            changes += [ceil(Fraction(runner.fade_steps * stair, _STAIRS)) for stair in range(1, _STAIRS + 1)]
    return min((change - now for change in changes if change > now), default=None)


def _shared(
    runners: Sequence[Runner], weights: Mapping[int, Fraction], left: Sequence[int], *, limit: int | None
) -> dict[int, int]:
    """The steps of each lane up to where the first one is used up, at most `limit` in all."""
    groups = turns_of(runners, list(weights))
    most = []
    for place, group in enumerate(groups):
        whole = sum(weights[lane] for lane in group)
        lasts = ceil(min(left[lane] * whole / weights[lane] for lane in group))
        most.append(place + len(groups) * lasts)
    length = min(most if limit is None else [*most, limit])
    counts: dict[int, int] = {}
    for place, group in enumerate(groups):
        mine = max(0, -(-(length - place) // len(groups)))
        counts |= _apportioned(mine, {lane: weights[lane] for lane in group}, left)
    return counts


def _apportioned(steps: int, weights: Mapping[int, Fraction], left: Sequence[int]) -> dict[int, int]:
    """Steps by weight, the largest remainders rounded up, nobody having more than is left."""
    whole = sum(weights.values())
    due = {lane: steps * weight / whole for lane, weight in weights.items()}
    counts = {lane: min(left[lane], int(part)) for lane, part in due.items()}
    by_remainder = sorted(due, key=lambda lane: (counts[lane] - due[lane], lane))
    rest = steps - sum(counts.values())
    while rest:
        for lane in by_remainder:
            if rest and counts[lane] < left[lane]:
                counts[lane] += 1
                rest -= 1
    return counts
