"""Filters of samples."""

import re

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.manifest.filters import Term, parse_filter


def test_terms_are_joined_by_and() -> None:
    assert parse_filter('state = kept AND file="a b*.png" AND width>=512 AND caption : "r\\"d"') == (
        Term(column="state", operator="=", value="kept"),
        Term(column="name", operator="=", value="a b*.png"),
        Term(column="width", operator=">=", value="512"),
        Term(column="caption", operator=":", value='r"d'),
    )


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_filter_lets_all_pass(text: str) -> None:
    assert parse_filter(text) == ()


@pytest.mark.parametrize(
    "text", ["state", "state = kept AND", "AND", "a = b c = d", "state = kept OR state = failed", "(a = b)"]
)
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is no comparison; write FIELD = VALUE"):
        parse_filter(text)


def test_a_long_filter_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="use at most 2048"):
        parse_filter("a = " + "b" * 3000)


def test_a_star_stands_for_any_text_and_nothing_else_does() -> None:
    pattern = Term(column="name", operator="=", value="ä.(*)+.png").pattern
    assert re.fullmatch(pattern, "ä.(x/y)+.png")
    assert not re.fullmatch(pattern, "äx(x)+.png")
    assert re.fullmatch(Term(column="name", operator=":", value="B.").pattern, "ab.c")


def test_a_number_is_one() -> None:
    assert Term(column="width", operator="<", value="5.5").number == 5.5
    with pytest.raises(InvalidInputError, match="width is a number, 'x' is none"):
        assert Term(column="width", operator="<", value="x").number
