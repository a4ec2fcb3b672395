"""Before above after, a column a prompt."""

from itertools import pairwise

from demo.report.grid import draw_grid
from tests.demo.report.stories import AFTER, BEFORE, story


def test_the_first_picture_is_above_the_last() -> None:
    grid = draw_grid(story())
    colours = [grid.getpixel((170, y)) for y in range(grid.height)]
    assert BEFORE in colours
    assert AFTER in colours
    assert colours.index(BEFORE) < colours.index(AFTER)


def test_every_prompt_has_its_column() -> None:
    grid = draw_grid(story())
    row = [grid.getpixel((x, 150)) for x in range(grid.width)]
    assert sum(1 for a, b in pairwise(row) if a != BEFORE and b == BEFORE) == 2
