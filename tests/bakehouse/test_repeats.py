from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from bakehouse.repeats import Group, TargetRules, propose_repeats, usual_target


def group(name: str, num_pictures: int, *concepts: str) -> Group:
    return Group(name=name, num_pictures=num_pictures, concepts=concepts or (name,))


def targets(**wanted: float) -> dict[str, Fraction]:
    return {name: Fraction(value) for name, value in wanted.items()}


def test_small_folders_are_repeated_more() -> None:
    groups = [group("a", 20), group("b", 10), group("c", 5)]
    found = propose_repeats(groups, targets(a=200, b=200, c=200))
    assert found.passes == {"a": 10, "b": 20, "c": 40}
    assert found.seen_an_epoch == 600


def test_what_is_shared_counts_for_all_its_concepts() -> None:
    outfits = [
        group("red", 100, "hero", "red"),
        group("blue", 50, "hero", "blue"),
        group("hat", 10, "hero", "hat"),
    ]
    found = propose_repeats(outfits, targets(red=300, blue=300, hat=300))
    assert found.passes == {"red": 3, "blue": 6, "hat": 30}
    hero = propose_repeats(outfits, targets(hero=900, red=300, blue=300, hat=300))
    assert hero.passes == found.passes
    assert [concept.seen for concept in hero.concepts] == [900, 300, 300, 300]


def test_fractions_reach_what_whole_passes_do_not() -> None:
    groups = [group("a", 80), group("b", 30)]
    whole = propose_repeats(groups, targets(a=120, b=100))
    parts = propose_repeats(groups, targets(a=120, b=100), fractions=True)
    assert whole.passes == {"a": 1, "b": 3}
    assert parts.passes == {"a": Fraction(3, 2), "b": Fraction(3333, 1000)}
    assert [float(abs(concept.seen - concept.target)) for concept in parts.concepts] == [
        0,
        pytest.approx(0.01),
    ]


def test_nothing_is_seen_less_than_once_nor_more_than_at_most() -> None:
    groups = [group("many", 1000), group("one", 1), group("other", 7, "else")]
    found = propose_repeats(groups, targets(many=300, one=300), most_passes=50)
    assert found.passes == {"many": 1, "one": 50, "other": 1}


PROBLEMS = st.tuples(
    st.lists(
        st.tuples(st.integers(1, 30), st.sets(st.sampled_from("xyz"), min_size=1)), min_size=1, max_size=3
    ),
    st.fixed_dictionaries({}, optional=dict.fromkeys("xyz", st.integers(1, 200))),
)


@settings(max_examples=60, deadline=None)
@given(PROBLEMS)
def test_no_passes_come_much_nearer(
    problem: tuple[list[tuple[int, set[str]]], dict[str, int]],
) -> None:
    made, asked = problem
    groups = [
        Group(name=f"{n}", num_pictures=size, concepts=tuple(sorted(c))) for n, (size, c) in enumerate(made)
    ]
    shown = {concept for one in groups for concept in one.concepts}
    wanted = {name: Fraction(value) for name, value in asked.items() if name in shown}

    def away(passes: tuple[int, ...]) -> Fraction:
        seen = {
            name: sum(
                one.num_pictures * times
                for one, times in zip(groups, passes, strict=True)
                if name in one.concepts
            )
            for name in wanted
        }
        return sum((abs(seen[name] - target) for name, target in wanted.items()), Fraction(0))

    found = propose_repeats(groups, wanted, most_passes=12)
    ours = away(tuple(int(found.passes[one.name]) for one in groups))
    best = min(away(passes) for passes in product(range(1, 13), repeat=len(groups)))
    assert ours <= best + max(one.num_pictures for one in groups)
    assert ours == sum((abs(one.seen - one.target) for one in found.concepts), Fraction(0))


@settings(max_examples=40, deadline=None)
@given(PROBLEMS)
def test_fractions_are_never_worse_in_squares(
    problem: tuple[list[tuple[int, set[str]]], dict[str, int]],
) -> None:
    made, asked = problem
    groups = [
        Group(name=f"{n}", num_pictures=size, concepts=tuple(sorted(c))) for n, (size, c) in enumerate(made)
    ]
    shown = {concept for one in groups for concept in one.concepts}
    wanted = {name: Fraction(value) for name, value in asked.items() if name in shown}
    squares = [
        sum(float((one.seen - one.target) / one.target) ** 2 for one in found.concepts)
        for found in (propose_repeats(groups, wanted, fractions=is_free) for is_free in (True, False))
    ]
    assert squares[0] <= squares[1] + 0.02


@pytest.mark.parametrize(
    ("rules", "wishes", "target"),
    [
        (TargetRules(optimizer="Prodigy"), {}, 300),
        (TargetRules(), {}, 600),
        (TargetRules(optimizer="Prodigy"), {"is_main": False}, 100),
        (TargetRules(optimizer="Prodigy", is_sdxl=True), {}, 150),
        (TargetRules(optimizer="Prodigy", has_noise_gamma=True), {}, 180),
        (TargetRules(optimizer="Prodigy", is_low_resolution=True), {"num_sharing": 2}, 50),
        (TargetRules(), {"num_sharing": 4}, 200),
    ],
)
def test_targets_follow_the_guide(rules: TargetRules, wishes: dict[str, int], target: int) -> None:
    assert usual_target(rules, **wishes) == target  # type: ignore[arg-type]  # options of two types


@pytest.mark.parametrize(
    ("groups", "wanted", "message"),
    [
        ([("a", 3)], {"b": 3}, "concept b: no group has it"),
        ([("a", 3)], {"a": 0}, "concept a: a target of 0; give more than 0"),
        ([("a", 3), ("a", 4)], {"a": 3}, "group a is there twice"),
    ],
)
def test_what_cannot_be_is_refused(
    groups: list[tuple[str, int]], wanted: dict[str, float], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        propose_repeats([group(name, size) for name, size in groups], targets(**wanted))


def test_a_group_has_pictures() -> None:
    with pytest.raises(InvalidInputError, match="group a: 0 pictures"):
        group("a", 0)
