import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dataset.domain.rules import Size
from services.dataset.domain.sizes import rounded, sizes_of

EDGES = np.arange(8, 4097, 8)


@pytest.mark.parametrize("digits", [1, 2, 3, 9])
def test_every_ratio_of_multiples_of_8_is_rounded_as_python_does(digits: int) -> None:
    ratios = (EDGES[:, None] / EDGES).ravel()
    assert rounded(ratios, digits).tolist() == [round(ratio, digits) for ratio in ratios.tolist()]


def test_numpys_own_rounding_is_another() -> None:
    ratios = (EDGES[:, None] / EDGES).ravel()
    assert 400 < np.count_nonzero(np.round(ratios, 2) != rounded(ratios, 2)) < 450


@given(
    pairs=st.lists(st.tuples(st.integers(1, 100_000), st.integers(1, 100_000)), min_size=1),
    digits=st.integers(1, 9),
)
def test_any_ratio_is_rounded_as_python_does(pairs: list[tuple[int, int]], digits: int) -> None:
    ratios = np.array([width / height for width, height in pairs])
    assert rounded(ratios, digits).tolist() == [round(ratio, digits) for ratio in ratios.tolist()]


def test_sizes_are_taken_replaced_and_compared_by_row() -> None:
    sizes = sizes_of([Size(width=4, height=2), Size(width=3, height=3), Size(width=1, height=5)])
    assert (sizes.ratio.tolist(), sizes.area.tolist(), len(sizes)) == ([2.0, 1.0, 0.2], [8, 9, 5], 3)
    replaced = sizes.replaced(np.array([1]), Size(width=9, height=9))
    assert [replaced.at(row).width for row in range(3)] == [4, 9, 1]
    assert replaced.covers(sizes).all()
    assert sizes.covers(replaced).tolist() == [True, False, True]
    assert sizes.take(sizes.width > 2).height.tolist() == [2, 3]
    assert len(sizes_of([])) == 0
