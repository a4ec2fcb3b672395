"""Proposes how often pictures are to be repeated, from how often an epoch is to see their concepts. Pure.

A picture may show several concepts: a person in one of several outfits counts for both. What is solved for is
the passes of each group of pictures (kohya's repeats; SimpleTuner's are one less).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import ceil, floor

from bakehouse.errors import InvalidInputError
from bakehouse.schedule.terms import MOST_DECIMALS

MOST_PASSES = 100

_ROUNDS = 500
_CLOSE = 1e-9
_GRAIN = 10**MOST_DECIMALS


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pictures that are repeated alike: a folder, an entry. `concepts` are those that each of them shows."""

    name: str
    num_pictures: int
    concepts: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.num_pictures < 1:
            raise InvalidInputError(
                f"group {self.name}: {self.num_pictures} pictures; give at least 1, or leave it out"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptSeen:
    """How often an epoch sees a concept, and how often it was to."""

    name: str
    target: Fraction
    seen: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The passes of each group (1: as often as there are pictures), and what comes of them."""

    passes: Mapping[str, Fraction]
    concepts: tuple[ConceptSeen, ...]
    seen_an_epoch: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRules:
    """What a concept's target depends on, besides its weight.

    Args:
        optimizer: with AdamW twice as many are needed as with Prodigy.
        is_sdxl: half as many.
        has_noise_gamma: with ip_noise_gamma or min_snr_gamma three fifths.
        is_low_resolution: screen captures, old animation: a third.
    """

    optimizer: str = "AdamW"
    is_sdxl: bool = False
    has_noise_gamma: bool = False
    is_low_resolution: bool = False


def usual_target(rules: TargetRules, *, is_main: bool = True, num_sharing: int = 1) -> Fraction:
    """How often an epoch is usually to see a concept, in a run of 8 epochs.

    Args:
        rules: of the run.
        is_main: 300 for a main concept, 100 for a detail.
        num_sharing: concepts whose trigger words have the same parent: for two half as many each, for more a
            third.

    Source: "Repeats balance" of the guide that the folders of kohya's trainer come from.
    """
    target = Fraction(300 if is_main else 100)
    target *= 1 if rules.optimizer.lower() == "prodigy" else 2
    target *= Fraction(1, 2) if rules.is_sdxl else 1
    target *= Fraction(3, 5) if rules.has_noise_gamma else 1
    target *= Fraction(1, 3) if rules.is_low_resolution else 1
    return target / max(1, min(3, num_sharing))


def propose_repeats(
    groups: Sequence[Group],
    targets: Mapping[str, Fraction],
    *,
    fractions: bool = False,
    most_passes: int = MOST_PASSES,
) -> Proposal:
    """The passes that come nearest to the targets.

    Args:
        groups: of pictures; those that show no concept with a target are seen once.
        targets: pictures that an epoch is to see of each concept, each as often as it is repeated.
        fractions: passes may be fractions: the sum of squared relative differences is the least there is.
            Without them passes are whole, and the sum of differences is as small as no change of one or two
            groups makes smaller.
        most_passes: no group has more.

    Raises:
        InvalidInputError: a target is of a concept that no picture shows, or is none.
    """
    _check(groups, targets)
    problem = _Problem(groups, targets, most_passes)
    smooth = problem.least_squares()
    passes = [Fraction(round(part * _GRAIN), _GRAIN) for part in smooth]
    if not fractions:
        passes = [Fraction(whole) for whole in problem.whole(smooth)]
    return Proposal(
        passes={group.name: part for group, part in zip(groups, passes, strict=True)},
        concepts=tuple(
            ConceptSeen(name=name, target=target, seen=problem.seen(name, passes))
            for name, target in targets.items()
        ),
        seen_an_epoch=sum(
            (group.num_pictures * part for group, part in zip(groups, passes, strict=True)), Fraction(0)
        ),
    )


def _check(groups: Sequence[Group], targets: Mapping[str, Fraction]) -> None:
    names = [group.name for group in groups]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInputError(f"group {twice[0]} is there twice; give each its own name")
    shown = {concept for group in groups for concept in group.concepts}
    for name, target in targets.items():
        if name not in shown:
            raise InvalidInputError(f"concept {name}: no group has it; leave it out, or name it in a group")
        if target <= 0:
            raise InvalidInputError(f"concept {name}: a target of {float(target):g}; give more than 0")


class _Problem:
    def __init__(self, groups: Sequence[Group], targets: Mapping[str, Fraction], most: int) -> None:
        self._groups = groups
        self._members = {
            name: [number for number, group in enumerate(groups) if name in group.concepts]
            for name in targets
        }
        self._targets = targets
        self._most = most
        self._free = sorted({number for members in self._members.values() for number in members})

    def seen(self, concept: str, passes: Sequence[Fraction]) -> Fraction:
        return sum(
            (self._groups[number].num_pictures * passes[number] for number in self._members[concept]),
            Fraction(0),
        )

    def least_squares(self) -> list[float]:
        """Coordinate descent on a sum of squares within bounds, which is convex: it ends at the least.

        All groups start alike, and where several ways lead there, so they stay as far as they can.
        """
        passes = [1.0] * len(self._groups)
        for _ in range(_ROUNDS):
            change = 0.0
            for number in self._free:
                best = self._best(number, passes)
                change = max(change, abs(best - passes[number]))
                passes[number] = best
            if change < _CLOSE:
                break
        return passes

    def _best(self, number: int, passes: Sequence[float]) -> float:
        """The passes of one group that suit best while the others stay."""
        slope = level = 0.0
        own = self._groups[number].num_pictures
        for concept, members in self._members.items():
            if number in members:
                others = sum(self._groups[other].num_pictures * passes[other] for other in members)
                others -= own * passes[number]
                target = float(self._targets[concept])
                slope += (own / target) ** 2
                level += own * (target - others) / target**2
        return min(float(self._most), max(1.0, level / slope))

    def whole(self, smooth: Sequence[float]) -> list[int]:
        """Whole passes near these that no change of one or two groups makes better."""
        starts = [
            [min(self._most, max(1, rounded(part + _CLOSE))) for part in smooth]
            for rounded in (round, floor, ceil)
        ]
        return min((self._improved(start) for start in starts), key=self._cost)

    def _improved(self, passes: list[int]) -> list[int]:
        cost = self._cost(passes)
        while True:
            better = min(self._changed(passes), key=self._cost, default=passes)
            if self._cost(better) >= cost:
                return passes
            passes, cost = better, self._cost(better)

    def _changed(self, passes: Sequence[int]) -> list[list[int]]:
        """These passes with one or two groups a little otherwise."""
        changes = [{number: step} for number in self._free for step in (-1, 1)]
        for one, other in combinations(self._free, 2):
            changes += [{one: a, other: b} for a in (-2, -1, 1, 2) for b in (-2, -1, 1, 2)]
        found = []
        for change in changes:
            changed = [part + change.get(number, 0) for number, part in enumerate(passes)]
            if all(1 <= changed[number] <= self._most for number in change):
                found.append(changed)
        return found

    def _cost(self, passes: Sequence[int]) -> tuple[Fraction, Fraction, int]:
        """All differences, the largest part that one is of its target, and all passes."""
        exact = [Fraction(part) for part in passes]
        away = {name: abs(self.seen(name, exact) - target) for name, target in self._targets.items()}
        worst = max((away[name] / target for name, target in self._targets.items()), default=Fraction(0))
        return sum(away.values(), Fraction(0)), worst, sum(passes)
