"""Differences by logical value, beside the values themselves."""

import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.manifest.columns import Array, parse_type
from bakehouse.manifest.compare import any_of, differing
from tests.bakehouse.manifest.rows import TAGS, canonical

FLOATS = st.none() | st.sampled_from([0.0, -0.0, 1.0, math.nan])
VALUES: dict[str, tuple[pa.DataType, st.SearchStrategy[object]]] = {
    "int": (pa.int8(), st.none() | st.integers(0, 2)),
    "float64": (pa.float64(), FLOATS),
    "float16": (pa.float16(), FLOATS),
    "bool": (pa.bool_(), st.none() | st.booleans()),
    "text": (pa.string(), st.none() | st.sampled_from(["", "a"])),
    "id": (pa.binary(1), st.none() | st.sampled_from([b"a", b"b"])),
    "null": (pa.null(), st.none()),
    "list": (pa.list_(pa.int8()), st.none() | st.lists(st.none() | st.integers(0, 1), max_size=2)),
    "tags": (
        parse_type({"list": {"struct": {"name": "string", "weight": "float32"}}}),
        TAGS,
    ),
}


@pytest.mark.parametrize("name", VALUES)
@settings(deadline=None)
@given(data=st.data())
def test_what_differs(name: str, data: st.DataObject) -> None:
    kind, values = VALUES[name]
    pairs = data.draw(
        st.lists(st.tuples(values, values) | values.map(lambda value: (value, value)), max_size=5)
    )
    before, after = (pa.array([pair[side] for pair in pairs], kind) for side in (0, 1))
    assert differing(before, after).to_pylist() == [canonical(a) != canonical(b) for a, b in pairs]


@pytest.mark.parametrize("field", ["a", "b"])
def test_every_field_of_a_struct_counts(field: str) -> None:
    before = {"a": "same", "b": "same"}
    arrays = [pa.array([row]) for row in (before, {**before, field: None})]
    assert differing(*arrays).to_pylist() == [True]


def test_values_of_two_types_differ_but_nulls_do_not() -> None:
    before: Array = pa.array([1, None, None], pa.int8())
    assert differing(before, pa.array([1, 1, None], pa.int16())).to_pylist() == [True, True, False]


def test_any_of() -> None:
    flags: list[Array] = [pa.array([True, False, False]), pa.array([False, False, True])]
    assert any_of(flags).to_pylist() == [True, False, True]
