"""The figures that the demo is held to."""

import pytest

from demo.figures import figures_of
from demo.judge import Figure as Judged
from tests.demo.report.stories import figure


def judged(num_right: int) -> Judged:
    return Judged(what="x", score=figure(num_right, 0).score)


def test_a_good_kitchen_meets_them_all() -> None:
    figures = figures_of(judged(10), before=[judged(9), judged(0)], after=[judged(8), judged(8)])
    assert [one.is_met for one in figures] == [True] * 5


@pytest.mark.parametrize(
    ("before", "after", "missed"),
    [((9, 2), (8, 8), 2), ((8, 0), (8, 8), 1), ((9, 0), (8, 7), 3), ((9, 0), (7, 8), 4)],
)
def test_what_is_missed_is_told(before: tuple[int, int], after: tuple[int, int], missed: int) -> None:
    figures = figures_of(judged(10), before=[judged(n) for n in before], after=[judged(n) for n in after])
    assert [number for number, one in enumerate(figures) if not one.is_met] == [missed]
