"""The content digest: the same for the same rows however encoded, another for any change that matters."""

import math

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bakehouse.cache.revisions import golden_problem
from bakehouse.manifest.columns import Array, plain_array
from bakehouse.manifest.content import CONTENT_REVISION, content_digest
from tests.bakehouse.manifest.encodings import ENCODINGS
from tests.bakehouse.manifest.rows import ROWS, Row, batch, canonical, some

GOLDENS = {1: "ae60a70455e56d6dc6db0b3a1ae1be3be8e5abe6a56ee9899e79c58f72436e96"}

FIXED = pa.RecordBatch.from_pydict(
    {
        "id": pa.array([b"0123456789abcdef", b"fedcba9876543210", bytes(16)], pa.binary(16)),
        "flag": pa.array([True, None, False]),
        "text": pa.array(["cake", "", None]),
        "score": pa.array([0.5, math.nan, -0.0]),
        "half": pa.array([0.5, None, 1.0], pa.float16()),
        "tags": pa.array(
            [[{"a": 1, "b": "x"}, None], [], None],
            pa.list_(pa.struct([("a", pa.int8()), ("b", pa.string())])),
        ),
        "none": pa.nulls(3),
    }
)


def test_a_changed_digest_has_a_new_revision() -> None:
    assert golden_problem(CONTENT_REVISION, content_digest(FIXED).encode(), GOLDENS) is None


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@some
@given(rows=st.lists(ROWS, max_size=5))
def test_the_encoding_does_not_count(encode: object, rows: list[Row]) -> None:
    assert callable(encode)
    plain = batch(rows)
    other = {name: plain_array(encode(plain[name])) for name in reversed(plain.schema.names)}
    assert content_digest(pa.RecordBatch.from_pydict(other)) == content_digest(plain)


@some
@given(st.lists(ROWS, min_size=1, max_size=4), ROWS, st.data())
def test_every_value_counts(rows: list[Row], other: Row, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from(sorted(other)))
    changed = [*rows]
    changed[at] = {**rows[at], name: other[name]}
    assume(canonical(rows) != canonical(changed))
    assert content_digest(batch(changed)) != content_digest(batch(rows))


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.float64()], ids=str)
def test_there_is_one_zero_and_one_nan(kind: pa.DataType) -> None:
    payload = pa.array([0x7FF8_0000_0000_0001], pa.uint64()).view(pa.float64())
    one = pa.concat_arrays([pa.array([-0.0]), payload]).cast(kind)
    assert digest_of(one) == digest_of(pa.array([0.0, math.nan], kind))


def test_what_lies_below_nulls_does_not_count() -> None:
    validity = pa.py_buffer(bytes([0b01]))
    dirty = pa.Array.from_buffers(pa.int32(), 2, [validity, pa.py_buffer(bytes([7, 0, 0, 0, 9, 9, 9, 9]))])
    assert digest_of(dirty) == digest_of(pa.array([7, None], pa.int32()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([1], pa.int32()), pa.array([1], pa.int64())),
        (pa.array(["a"]), pa.array([b"a"])),
        (pa.array([b"a"]), pa.array([b"a"], pa.binary(1))),
        (pa.array(["a", "bc"]), pa.array(["ab", "c"])),
        (pa.array(["", "x"]), pa.array([None, "x"])),
        (pa.array([[1], []]), pa.array([[], [1]])),
        (pa.array([[], [1]]), pa.array([None, [1]])),
        (pa.array([{"a": None}, {"a": 1}]), pa.array([None, {"a": 1}])),
        (pa.array([{"a": 1}]), pa.array([{"b": 1}])),
        (pa.array([1]), pa.array([1, None])),
        (pa.array([True, False]), pa.array([1, 0], pa.uint8())),
    ],
)
def test_types_and_borders_count(one: Array, other: Array) -> None:
    assert digest_of(one) != digest_of(other)


def test_the_name_of_a_column_counts() -> None:
    assert digest_of(pa.array([1]), name="a") != digest_of(pa.array([1]), name="b")


def test_a_column_of_nulls_says_nothing() -> None:
    rows = pa.RecordBatch.from_pydict({"a": [1, 2]})
    more = rows.append_column("b", pa.nulls(2, pa.string()))
    assert content_digest(rows) == content_digest(more)


def digest_of(array: Array, name: str = "a") -> str:
    # The second column keeps the number of rows, so that a column of nulls is not all there is.
    return content_digest(pa.RecordBatch.from_pydict({name: array, "z": [1] * len(array)}))
