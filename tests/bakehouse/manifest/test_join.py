"""Joins, beside nested loops that do the same."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.join import join_tables
from bakehouse.manifest.schema import TableSchema
from bakehouse.manifest.writing import TableWriter
from tests.bakehouse.manifest.rows import IDS, Row, an_id, batch, some

ID, NUMBER = pa.binary(16), pa.int32()
SHOPS = TableSchema(name="shops", columns={"sample_id": ID, "x": NUMBER})
OVENS = TableSchema(
    name="ovens", key=("sample_id", "draw"), columns={"sample_id": ID, "draw": NUMBER, "x": NUMBER}
)
MEALS = TableSchema(
    name="meals",
    key=("sample_id", "variant"),
    columns={"sample_id": ID, "variant": NUMBER, "x": pa.list_(pa.int32())},
)


def rows(schema: TableSchema, values: st.SearchStrategy[object]) -> st.SearchStrategy[list[dict[str, Any]]]:
    numbers = {name: st.integers(0, 2) for name in schema.key[1:]}
    row = st.fixed_dictionaries({"sample_id": IDS, **numbers, "x": values})
    return st.lists(row, unique_by=lambda row: tuple(row[name] for name in schema.key), max_size=12)


@pytest.fixture(scope="session")
def writer(blobs: Blobs, scratch: Path) -> TableWriter:
    return TableWriter(blobs, scratch=scratch, part_rows=3)


def joined(left: list[Row], right: list[Row], key: list[str], new: list[str]) -> list[Row]:
    found: list[Row] = []
    for row in left:
        matches = [r for r in right if all(r[k] is not None and r[k] == row[k] for k in key)]
        found += [{**row, **m} for m in matches] or [{**dict.fromkeys(new), **row}]
    return found


def named(table: str, found: list[Row]) -> list[Row]:
    return [{f"{table}.x" if name == "x" else name: value for name, value in row.items()} for row in found]


@some
@given(
    shops=rows(SHOPS, st.integers(0, 9)),
    ovens=rows(OVENS, st.integers(0, 9)),
    trays=rows(OVENS, st.integers(0, 9)),
    meals=rows(MEALS, st.none() | st.lists(st.integers(0, 9), max_size=2)),
)
def test_a_join_is_a_chain_of_left_joins(
    blobs: Blobs, writer: TableWriter, shops: list[Row], ovens: list[Row], trays: list[Row], meals: list[Row]
) -> None:
    tables = {
        "shops": writer.write(SHOPS, [batch(shops, SHOPS)]),
        "ovens": writer.write(OVENS, [batch(ovens, OVENS)]),
        "trays": writer.write(OVENS, [batch(trays, OVENS)]),
        "meals": writer.write(MEALS, [batch(meals, MEALS)]),
    }
    found = [row for b in join_tables(blobs, tables) for row in b.to_pylist()]
    expected = joined(named("shops", shops), named("ovens", ovens), ["sample_id"], ["draw", "ovens.x"])
    expected = joined(expected, named("trays", trays), ["sample_id", "draw"], ["trays.x"])
    expected = joined(expected, named("meals", meals), ["sample_id"], ["variant", "meals.x"])
    assert found == sorted(expected, key=place)


def place(row: Row) -> list[object]:
    return [(row[name] is None, row[name]) for name in ("sample_id", "draw", "variant")]


def test_some_columns_are_joined(blobs: Blobs, writer: TableWriter) -> None:
    shop, meal = {"sample_id": an_id(1), "x": 1}, {"sample_id": an_id(1), "variant": 0, "x": [2]}
    tables = {
        "shops": writer.write(SHOPS, [batch([shop], SHOPS)]),
        "meals": writer.write(MEALS, [batch([meal], MEALS)]),
    }
    (found,) = join_tables(blobs, tables, columns={"shops": []})
    assert found.to_pylist() == [{"sample_id": an_id(1), "variant": 0, "meals.x": [2]}]


def test_an_unknown_column_is_refused(blobs: Blobs, writer: TableWriter) -> None:
    with pytest.raises(InvalidInputError, match=r"no columns \['y'\]"):
        list(join_tables(blobs, {"shops": writer.write(SHOPS, [])}, columns={"shops": ["y"]}))
