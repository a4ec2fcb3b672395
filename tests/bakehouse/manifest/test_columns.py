"""Column types and plain form: any encoding of the same values becomes the same array."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.columns import (
    Array,
    fixed_bytes,
    parse_type,
    plain_array,
    plain_type,
    select,
    type_json,
)
from tests.bakehouse.manifest.encodings import ENCODINGS
from tests.bakehouse.manifest.rows import TAGS, some

TYPES = st.recursive(
    st.sampled_from(["null", "bool", "int8", "uint64", "float16", "float64", "string", "binary"])
    | st.integers(1, 40).map(lambda width: {"bytes": width}),
    lambda inner: (
        inner.map(lambda item: {"list": item})
        | st.dictionaries(st.text("ab%", min_size=1, max_size=2), inner, min_size=1, max_size=2).map(
            lambda f: {"struct": f}
        )
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(TYPES)
def test_a_type_is_written_and_read(value: Json) -> None:
    assert type_json(parse_type(value)) == value


@pytest.mark.parametrize("value", ["int", "", None, 3, {"bytes": 0}, {"list": "x"}, {"struct": []}, {}])
def test_unknown_types_are_refused(value: Json) -> None:
    with pytest.raises(InvalidInputError, match="is unknown"):
        parse_type(value)


@pytest.mark.parametrize(
    "kind",
    [
        pa.timestamp("us"),
        pa.date32(),
        pa.decimal128(5, 2),
        pa.map_(pa.string(), pa.string()),
        pa.struct([]),
        pa.struct([("a", pa.int8()), ("a", pa.int8())]),
        pa.list_(pa.duration("s")),
    ],
)
def test_types_that_have_no_plain_form_are_refused(kind: pa.DataType) -> None:
    with pytest.raises(InvalidInputError, match="a table can't hold"):
        plain_type(kind)


@pytest.mark.parametrize("name", ["", "é"])
def test_names_that_json_could_not_hold_are_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="rename it in ASCII"):
        plain_type(pa.struct([(name, pa.int8())]))


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@some
@given(values=st.lists(st.none() | st.text(max_size=3), max_size=5))
def test_text_is_made_plain(encode: object, values: list[str | None]) -> None:
    check_plain(encode, pa.array(values, pa.string()))


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@some
@given(values=st.lists(TAGS, max_size=5))
def test_nested_values_are_made_plain(encode: object, values: list[object]) -> None:
    kind = pa.list_(pa.struct([("name", pa.string()), ("weight", pa.float32())]))
    check_plain(encode, pa.array(values, kind))


def check_plain(encode: object, array: Array) -> None:
    assert callable(encode)
    plain = plain_array(encode(array))
    plain.validate(full=True)
    assert plain.type == plain_type(encode(array).type) == array.type
    assert repr(plain.to_pylist()) == repr(
        array.to_pylist()
    )  # NaN is not equal to itself, but reads the same


@pytest.mark.parametrize(
    "kind", [pa.list_view(pa.int8()), pa.large_list_view(pa.int8()), pa.list_(pa.int8(), 2)], ids=str
)
@settings(deadline=None)
@given(
    values=st.lists(st.none() | st.lists(st.none() | st.integers(0, 9), min_size=2, max_size=2), max_size=4)
)
def test_all_kinds_of_lists_become_one(kind: pa.DataType, values: list[list[int | None] | None]) -> None:
    plain = plain_array(pa.array(values, kind))
    plain.validate(full=True)
    assert plain.equals(pa.array(values, pa.list_(pa.int8())))


def test_struct_fields_are_sorted() -> None:
    plain = plain_array(
        pa.array([{"b": 1, "a": "x"}, None], pa.struct([("b", pa.int8()), ("a", pa.string())]))
    )
    assert plain.type == pa.struct([("a", pa.string()), ("b", pa.int8())])
    assert plain.to_pylist() == [{"a": "x", "b": 1}, None]


def test_select_fills_what_is_missing_with_nulls() -> None:
    rows = pa.RecordBatch.from_pydict({"a": [1], "b": pa.nulls(1), "c": [2]})
    selected = select(rows, {"d": pa.list_(pa.string()), "b": pa.string(), "a": pa.int64()})
    assert selected.to_pylist() == [{"d": None, "b": None, "a": 1}]
    assert [str(kind) for kind in selected.schema.types] == ["list<item: string>", "string", "int64"]


@settings(deadline=None)
@given(st.lists(st.integers(0, 255)), st.integers(0, 3))
def test_fixed_bytes_are_those_of_the_slice(values: list[int], start: int) -> None:
    assert fixed_bytes(pa.array(values, pa.uint8())[start:]) == bytes(values[start:])
