"""JSON-like fields there and back."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.client.structs import plain, struct_of
from bakehouse.errors import InvalidInputError

TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=6,
)


@settings(max_examples=50)
@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_a_spec_comes_back_as_it_was(spec: dict[str, Any]) -> None:
    assert plain(struct_of(spec, field="spec")) == spec


@pytest.mark.parametrize(
    ("given_", "sent"), [(5.0, 5), (0.5, "0.5"), (1e-4, "0.0001"), (Decimal("0.10"), "0.1"), ((1, 2), [1, 2])]
)
def test_a_fraction_is_sent_as_text(given_: object, sent: object) -> None:
    assert repr(plain(struct_of({"x": given_}, field="spec"))) == repr({"x": sent})


@pytest.mark.parametrize("value", [object(), float("nan"), float("inf"), "\ud800", {1: 2}, 2**53, b"x", {3}])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(InvalidInputError):
        struct_of({"x": value}, field="spec")


def test_the_place_is_said() -> None:
    with pytest.raises(InvalidInputError, match=r"spec\.a\[1\]\.b"):
        struct_of({"a": [0, {"b": 2**60}]}, field="spec")
