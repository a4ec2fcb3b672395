"""Rows as a Parquet file."""

from pathlib import Path

import pyarrow.parquet as pq

from bakehouse.manifest.row_file import parquet_rows


def test_many_rows_are_written_in_groups(tmp_path: Path) -> None:
    rows = [{"name": str(number), "texts": [] if number < 5000 else ["a"]} for number in range(9000)]
    rows[0]["texts"] = ["the type of the column"]
    with parquet_rows(tmp_path / "rows") as add:
        for row in rows:
            add(row)
    assert pq.read_table(tmp_path / "rows").to_pylist() == rows
    assert pq.ParquetFile(tmp_path / "rows").num_row_groups == 3


def test_no_rows_are_no_file(tmp_path: Path) -> None:
    with parquet_rows(tmp_path / "rows"):
        pass
    assert not (tmp_path / "rows").exists()
