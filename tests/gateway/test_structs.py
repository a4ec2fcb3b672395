"""Structs to JSON and back."""

from typing import Any

import pytest
from google.protobuf.struct_pb2 import ListValue, Struct, Value
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from gateway.structs import MAX_DEPTH, json_of, struct_of


def with_numbers(**numbers: float) -> Struct:
    struct = Struct()
    struct.update(numbers)
    return struct


LIMIT = 2**53 - 1
LEAVES = st.none() | st.booleans() | st.text() | st.integers(-LIMIT, LIMIT)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(), VALUES))
def test_what_goes_in_comes_out(value: dict[str, Any]) -> None:
    assert json_of(struct_of(value), field="spec") == value


def test_whole_numbers_are_integers() -> None:
    found = json_of(with_numbers(n=3, m=-0.0), field="spec")
    assert [type(number) for number in found.values()] == [int, int]


@pytest.mark.parametrize("number", [0.5, float("nan"), float("inf"), -1e-300])
def test_a_fraction_is_refused_with_the_remedy(number: float) -> None:
    numbers = Value(list_value=ListValue(values=[Value(number_value=1), Value(number_value=number)]))
    struct = Struct(fields={"a": Value(struct_value=Struct(fields={"b": numbers}))})
    with pytest.raises(InvalidInputError, match=r"job\.spec\.a\.b\[1\].*as text") as caught:
        json_of(struct, field="job.spec")
    assert caught.value.field == "job.spec"


@pytest.mark.parametrize("number", [2.0**53, -1e300])
def test_a_number_that_readers_disagree_about_is_refused(number: float) -> None:
    with pytest.raises(InvalidInputError, match="beyond 2\\^53 - 1"):
        json_of(with_numbers(a=number), field="spec")


def test_a_value_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"spec\.a: has no value"):
        json_of(Struct(fields={"a": Value()}), field="spec")


def nested(depth: int, *, lists: bool) -> Struct:
    value = Value(number_value=1)
    for _ in range(depth - 1):
        inner = Struct(fields={"a": value})
        value = Value(list_value=ListValue(values=[value])) if lists else Value(struct_value=inner)
    return Struct(fields={"a": value})


@pytest.mark.parametrize("lists", [True, False])
def test_only_so_many_levels_are_taken(lists: bool) -> None:
    assert json_of(nested(MAX_DEPTH, lists=lists), field="spec")
    with pytest.raises(InvalidInputError, match="nested over 20 levels"):
        json_of(nested(MAX_DEPTH + 1, lists=lists), field="spec")
