"""What pictures made for other tools are to be like."""

import pytest

from bakehouse.errors import InvalidInputError
from services.dataset.domain.rendering import Rendering


def test_a_background_counts_only_where_it_is_seen() -> None:
    assert Rendering(background="#000000").inputs() == Rendering().inputs()
    squares = [Rendering(pad="square", background=colour).inputs() for colour in ("#000000", "#ffffff")]
    assert squares[0] != squares[1]


@pytest.mark.parametrize("colour", ["white", "#fff", "#FFFFFF", ""])
def test_a_colour_is_six_digits(colour: str) -> None:
    with pytest.raises(InvalidInputError, match="is no colour; write #rrggbb"):
        Rendering(background=colour)
