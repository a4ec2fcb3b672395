"""The figures that the demo is held to."""

from dataclasses import replace

import pytest

from demo.figures import figure_lines, figures_of
from demo.judge import Figure as Judged
from tests.demo.report.stories import figure


def judged(num_right: int) -> Judged:
    return Judged(what="x", score=figure(num_right, 0).score)


def test_a_good_kitchen_meets_them_all() -> None:
    figures = figures_of(judged(10), before=[judged(9), judged(0)], after=[judged(8), judged(8)])
    assert [one.is_met for one in figures] == [True] * 5


def test_the_lines_say_what_is_missed_and_how_far_the_judges_are_apart() -> None:
    figures = figures_of(judged(10), before=[judged(9), judged(0)], after=[judged(8), judged(7)])
    *lines, last = figure_lines(figures)
    assert len(lines) == 5
    assert lines[0].split()[:5] == ["100.0", "%", "asked", "≥", "97"]
    assert [line.endswith("MISSED") for line in lines] == [False, False, False, True, False]
    assert last.split()[:5] == ["0.0", "points", "asked", "≤", "5"]


def test_before_any_hourglass_counts_and_after_only_one_in_the_asked_colours() -> None:
    score = replace(judged(9).score, num_right=0)
    wrong_colours = Judged(what="x", score=score)
    figures = figures_of(judged(10), before=[judged(9), wrong_colours], after=[judged(9), wrong_colours])
    assert (figures[2].percent, figures[3].percent) == (90, 0)


@pytest.mark.parametrize(
    ("before", "after", "missed"),
    [((9, 2), (8, 8), 2), ((8, 0), (8, 8), 1), ((9, 0), (8, 7), 3), ((9, 0), (7, 8), 4)],
)
def test_what_is_missed_is_told(before: tuple[int, int], after: tuple[int, int], missed: int) -> None:
    figures = figures_of(judged(10), before=[judged(n) for n in before], after=[judged(n) for n in after])
    assert [number for number, one in enumerate(figures) if not one.is_met] == [missed]
