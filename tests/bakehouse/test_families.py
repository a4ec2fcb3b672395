import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.families import FAMILIES, SD15, find_family


def test_a_family_is_found_by_its_name() -> None:
    assert find_family("sd15") is SD15


def test_an_unknown_family_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(
        InvalidInputError, match=r"'sd16' is unknown; there are sd15 \(Stable Diffusion 1.5\)"
    ):
        find_family("sd16")


@pytest.mark.parametrize(("length", "positions"), [(75, 77), (150, 152), (225, 227)])
def test_a_stored_text_has_its_tokens_and_two_marks(length: int, positions: int) -> None:
    assert SD15.stored_positions(length) == positions


def test_a_length_that_the_family_does_not_take_is_refused() -> None:
    with pytest.raises(
        InvalidInputError, match=r"max_token_length: 80; Stable Diffusion 1\.5 takes 75, 150, 225"
    ):
        SD15.stored_positions(80)


def test_each_family_is_filed_under_its_name() -> None:
    assert all(name == facts.name for name, facts in FAMILIES.items())
