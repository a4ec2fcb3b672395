"""The known tables, and rows made to fit them."""

import pyarrow as pa
import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.manifest.columns import Array
from bakehouse.manifest.schema import TABLES, TableSchema, conform, row_batches
from tests.bakehouse.manifest.rows import CAKES, an_id

ID = pa.array([an_id(1)], pa.binary(16))
VARIANT = pa.array([0], pa.int32())


def conformed(**columns: Array) -> pa.RecordBatch:
    rows = pa.RecordBatch.from_pydict({"sample_id": ID, "variant": VARIANT, **columns})
    return conform(rows, table="cakes", key=CAKES.key, columns=CAKES.columns)


def test_the_tables_are_known() -> None:
    assert {name: schema.key[1:] for name, schema in TABLES.items()} == {
        "samples": (),
        "buckets": ("draw",),
        "captions": ("variant",),
        "latents": ("draw",),
        "texts": ("variant",),
    }


@pytest.mark.parametrize("key", [(), ("variant",), ("sample_id", "text"), ("sample_id", "variant", "draw")])
def test_a_key_is_a_sample_and_at_most_a_number(key: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInputError, match="a table's key is"):
        TableSchema(name="cakes", key=key, columns=CAKES.columns)


def test_known_columns_get_their_type() -> None:
    rows = conformed(score=pa.array([1], pa.int8()), text=pa.array(["a"]).dictionary_encode())
    assert rows.schema.field("score").type == pa.float64()
    assert rows.schema.field("text").type == pa.string()


def test_unknown_columns_stay() -> None:
    rows = conformed(crumbs=pa.array([[1]], pa.large_list(pa.uint8())))
    assert rows["crumbs"].to_pylist() == [[1]]


def test_a_known_column_without_values_gets_its_type() -> None:
    assert conformed(tags=pa.nulls(1)).schema.field("tags").type == CAKES.columns["tags"]


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ({"score": pa.array(["1"])}, "column score: it is string, not double"),
        ({"text": pa.array([1])}, "column text: it is int64, not string"),
        ({"variant": pa.array([2**40])}, "column variant: "),
        (
            {"sample_id": pa.array(["0123456789abcdef"])},
            "column sample_id: it is string, not fixed_size_binary",
        ),
        ({"é": pa.array([1])}, "rename it in ASCII"),
        ({"state": pa.array(["kep"])}, "column state: use kept, excluded, failed"),
        ({"when": pa.array([0], pa.timestamp("us"))}, "column when: a table can't hold timestamp"),
    ],
)
def test_what_does_not_fit_is_refused(column: dict[str, Array], problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        conformed(**column)


@pytest.mark.parametrize(
    "columns", [{"sample_id": ID}, {"sample_id": ID, "variant": pa.nulls(1, pa.int32())}]
)
def test_every_row_has_its_key(columns: dict[str, Array]) -> None:
    with pytest.raises(InvalidInputError, match="each row needs sample_id and variant"):
        conform(pa.RecordBatch.from_pydict(columns), table="cakes", key=CAKES.key, columns=CAKES.columns)


def test_rows_as_dictionaries_get_the_types_of_the_table() -> None:
    rows = [{"sample_id": an_id(number), "variant": number, "score": None, "crumbs": 1} for number in (1, 2)]
    (found,) = row_batches(CAKES, rows)
    assert found.to_pylist() == rows
    assert found.schema.field("score").type == pa.float64()


@pytest.mark.parametrize("second", [{"variant": 1}, {"variant": "one", "text": "a"}])
def test_rows_as_dictionaries_are_alike(second: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match="give all rows the same columns"):
        list(row_batches(CAKES, [{"variant": 1, "text": "a"}, second]))


def test_a_column_is_there_once() -> None:
    rows = pa.RecordBatch.from_arrays([ID, VARIANT, VARIANT], names=["sample_id", "variant", "variant"])
    with pytest.raises(InvalidInputError, match="is there twice"):
        conform(rows, table="cakes", key=CAKES.key, columns=CAKES.columns)
