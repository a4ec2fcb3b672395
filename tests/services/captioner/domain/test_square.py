"""Where a picture lies in a tagger's square."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from services.captioner.domain.square import Placement, place

SIZES = st.integers(1, 20_000)


@pytest.mark.parametrize(
    ("width", "height", "placed"),
    [
        (448, 448, Placement(width=448, height=448, left=0, top=0)),
        (896, 448, Placement(width=448, height=224, left=0, top=112)),
        (448, 896, Placement(width=224, height=448, left=112, top=0)),
        (100, 50, Placement(width=448, height=224, left=0, top=112)),  # a small one is enlarged
        (1000, 999, Placement(width=448, height=448, left=0, top=0)),
        (3, 20_000, Placement(width=1, height=448, left=223, top=0)),
    ],
)
def test_known_sizes(width: int, height: int, placed: Placement) -> None:
    assert place(width, height, side=448) == placed


@given(width=SIZES, height=SIZES, side=st.integers(1, 1024))
def test_it_touches_two_sides_and_keeps_its_shape(width: int, height: int, side: int) -> None:
    placed = place(width, height, side=side)
    assert max(placed.width, placed.height) == side
    assert min(placed.width, placed.height) >= 1
    assert 0 <= side - placed.width - 2 * placed.left <= 1
    assert 0 <= side - placed.height - 2 * placed.top <= 1
    assert abs(placed.width - width * side / max(width, height)) < 1
    assert abs(placed.height - height * side / max(width, height)) < 1


def test_no_size_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="0x5"):
        place(0, 5, side=448)
