import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.canonical_json import Json, canonical_bytes, canonical_digest, decimal_text
from bakehouse.errors import InvalidInputError

ascii_keys = st.text(st.characters(max_codepoint=127), max_size=8)
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ascii_keys, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_it_reads_back_as_what_it_was(value: Json) -> None:
    assert json.loads(canonical_bytes(value)) == value


@given(st.dictionaries(ascii_keys, st.integers(0, 9), max_size=6))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert canonical_bytes(value) == canonical_bytes(dict(reversed(value.items())))


def test_the_example_of_the_rfc() -> None:
    # RFC 8785, 3.2.2, without its numbers that are no integers
    value = {"string": '€$\u000f\nA\'B"\\\\"/', "literals": [None, True, False], "numbers": [333333333, 4]}
    rest = (
        r'"literals":[null,true,false],"numbers":[333333333,4],"string":"€$\u000f\nA' + "'" + r'B\"\\\\\"/"'
    )
    assert canonical_bytes(value).decode() == "{" + rest + "}"


@pytest.mark.parametrize("value", [0.5, {"é": 1}, {1: 2}, 2**53, "\ud800", {"a": b""}, {"a": {1, 2}}])
def test_what_has_no_canonical_form_is_refused(value: Json) -> None:
    with pytest.raises(InvalidInputError):
        canonical_bytes(value)


def test_the_error_names_the_place() -> None:
    with pytest.raises(InvalidInputError, match=r"\$\.a\[1\]\.b: 0.5 is a float; write it with decimal_text"):
        canonical_bytes({"a": [1, {"b": 0.5}]})  # type: ignore[dict-item]  # what the test is about


def test_equal_values_have_equal_digests() -> None:
    assert canonical_digest({"a": 1, "b": 2}) == canonical_digest({"b": 2, "a": 1})


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.35, "0.35"),
        ("0.350", "0.35"),
        (1e-7, "0.0000001"),
        ("1E+3", "1000"),
        (-0.0, "0"),
        (Decimal(2), "2"),
    ],
)
def test_decimals_have_one_text(number: float | str | Decimal, text: str) -> None:
    assert decimal_text(number) == text


@pytest.mark.parametrize("number", ["abc", float("nan"), float("inf")])
def test_what_is_no_finite_number_is_refused(number: float | str) -> None:
    with pytest.raises(InvalidInputError):
        decimal_text(number)
