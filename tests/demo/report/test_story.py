"""What a story knows of itself."""

import pytest

from tests.demo.report.stories import figure, story


def test_buckets_are_counted_the_narrowest_first() -> None:
    assert list(story().buckets().items()) == [((48, 80), 1), ((64, 64), 2)]


def test_samples_are_found_by_prompt_seed_and_epoch() -> None:
    told = story()
    assert told.prompts() == [("a cat", 1), ("a dog", 2)]
    assert told.epochs() == [0, 2, 4]
    found = told.sample(("a dog", 2), 4)
    assert found is not None
    assert (found.step, told.sample(("a dog", 2), 3)) == (20, None)


@pytest.mark.parametrize(
    ("num_right", "wanted", "is_at_most", "is_met"),
    [(8, 80, False, True), (7, 80, False, False), (0, 5, True, True), (1, 5, True, False)],
)
def test_a_figure_is_at_least_or_at_most(
    num_right: int, wanted: float, *, is_at_most: bool, is_met: bool
) -> None:
    assert figure(num_right, wanted, is_at_most=is_at_most).is_met is is_met
