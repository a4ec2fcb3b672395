"""The external sort: what goes in comes out, by first byte and in order, whatever the size of a run."""

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError, UnavailableError
from bakehouse.manifest.spill import Spill
from tests.bakehouse.manifest.rows import CAKES, Row, batches, key_of, some, tables


@pytest.mark.parametrize("run_bytes", [1, 1000, 1 << 20])
@some
@given(rows=tables(), bounds=st.tuples(st.integers(0, 255), st.integers(0, 255)).map(sorted))
def test_rows_come_out_by_first_byte_and_in_order(
    scratch: Path, run_bytes: int, rows: list[Row], bounds: list[int]
) -> None:
    first, last = bounds
    with Spill(scratch, key=CAKES.key, run_bytes=run_bytes) as spill:
        for batch in batches(rows):
            spill.add(batch)
        expected = sorted(key_of(row) for row in rows if first <= row["sample_id"][0] <= last)
        assert spill.count(first, last) == len(expected)
        assert [key_of(row) for row in spill.read(first, last).to_pylist()] == expected


def test_values_survive_the_scratch_file(scratch: Path) -> None:
    rows = batches([{"sample_id": bytes(16), "variant": 1, "tags": [{"name": "é", "weight": None}]}])
    with Spill(scratch, key=CAKES.key, run_bytes=1) as spill:
        spill.add(next(rows))
        assert spill.read(0, 255)["tags"].to_pylist() == [[{"name": "é", "weight": None}]]


def test_a_column_is_typed_by_the_first_run_that_has_values(scratch: Path) -> None:
    with Spill(scratch, key=["id"], run_bytes=1) as spill:
        for values in (pa.nulls(1), pa.array(["x"]), pa.nulls(1)):
            spill.add(pa.RecordBatch.from_pydict({"id": pa.array([b"a"], pa.binary(1)), "text": values}))
        assert sorted(spill.read(0, 255)["text"].to_pylist(), key=str) == [None, None, "x"]


@pytest.mark.parametrize(
    ("second", "problem"),
    [({"text": ["a"]}, "column text is int64 in some rows and string in others"), ({}, "'text'")],
)
def test_all_rows_have_the_same_columns(scratch: Path, second: dict[str, list[Any]], problem: str) -> None:
    ids = pa.array([b"a"], pa.binary(1))
    with Spill(scratch, key=["id"]) as spill:
        spill.add(pa.RecordBatch.from_pydict({"id": ids, "text": [1]}))
        with pytest.raises(InvalidInputError, match=problem):
            spill.add(pa.RecordBatch.from_pydict({"id": ids, **second}))


def test_many_small_batches(scratch: Path) -> None:
    with Spill(scratch, key=["id"]) as spill:
        for number in range(3000):
            spill.add(pa.RecordBatch.from_pydict({"id": pa.array([number.to_bytes(2)], pa.binary(2))}))
        assert spill.read(0, 255)["id"].to_pylist() == [number.to_bytes(2) for number in range(3000)]


def test_a_scratch_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    noise = pa.py_buffer(os.urandom(5 << 20))  # more than is kept in memory
    rows = pa.FixedSizeBinaryArray.from_buffers(pa.binary(64), (5 << 20) // 64, [None, noise])
    spill = Spill(tmp_path / "nowhere", key=["id"], run_bytes=1)
    with spill, pytest.raises(UnavailableError, match="the scratch folder failed"):
        spill.add(pa.RecordBatch.from_pydict({"id": rows}))


def test_the_scratch_file_leaves_nothing_behind(tmp_path: Path) -> None:
    rows = pa.RecordBatch.from_pydict({"id": pa.array([bytes(100)] * 100_000, pa.binary(100))})
    with Spill(tmp_path, key=["id"], run_bytes=1) as spill:
        spill.add(rows)
        assert list(tmp_path.iterdir()) == []
