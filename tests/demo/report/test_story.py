"""What a story knows of itself."""

from dataclasses import replace

import pytest

from demo.report.story import agreement_of
from tests.demo.report.stories import figure, story


def test_samples_are_found_by_prompt_seed_and_epoch() -> None:
    told = story()
    assert told.prompts() == [("a cat", 1), ("a dog", 2)]
    assert told.epochs() == [0, 2, 4]
    found = told.sample(("a dog", 2), 4)
    assert found is not None
    assert (found.step, told.sample(("a dog", 2), 3)) == (20, None)
    assert (told.step_of(0), told.step_of(4)) == (0, 20)


@pytest.mark.parametrize(
    ("num_right", "wanted", "is_at_most", "is_met"),
    [(8, 80, False, True), (7, 80, False, False), (0, 5, True, True), (1, 5, True, False)],
)
def test_a_figure_is_at_least_or_at_most(
    num_right: int, wanted: float, *, is_at_most: bool, is_met: bool
) -> None:
    assert figure(num_right, wanted, is_at_most=is_at_most).is_met is is_met


def test_a_figure_of_shapes_counts_them_whatever_their_colours() -> None:
    half_right = figure(8, 80)
    half_right = replace(half_right, score=replace(half_right.score, num_right=4))
    assert (half_right.percent, half_right.is_met) == (40, False)
    of_shapes = replace(half_right, is_of_shapes=True)
    assert (of_shapes.percent, of_shapes.is_met) == (80, True)


def test_judges_agree_where_they_differ_least_and_most() -> None:
    told = agreement_of([figure(8, 80), figure(8, 80, num_by_rule=7), figure(8, 80, num_by_rule=8)])
    assert (told.points, told.is_met) == (10, False)
    assert agreement_of([figure(8, 80)]).is_met
    assert agreement_of([]).points == 0
