"""What stands beside exported pictures."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bakehouse.client.export.folder import ExportFolder
from bakehouse.client.export.metadata import metadata_rows
from bakehouse.client.export.places import Layout
from bakehouse.errors import StateError

ROWS = [{"file_name": f"{number}.png", "captions": ["a", "b"][:number]} for number in range(3)]


def write(folder: Path, layout: Layout) -> None:
    with metadata_rows(ExportFolder(folder), layout) as tell:
        for row in ROWS:
            tell("cats", row)
        tell("dogs", ROWS[1])


def test_each_dataset_has_its_lines(tmp_path: Path) -> None:
    write(tmp_path, Layout.IMAGEFOLDER)
    lines = (tmp_path / "cats" / "metadata.jsonl").read_text().splitlines()
    assert list(map(json.loads, lines)) == ROWS
    assert len((tmp_path / "dogs" / "metadata.jsonl").read_text().splitlines()) == 1


def test_each_dataset_has_its_table_and_again_the_same(tmp_path: Path) -> None:
    for _ in range(2):
        write(tmp_path, Layout.PARQUET)
    assert pq.read_table(tmp_path / "cats" / "metadata.parquet").to_pylist() == ROWS


def test_where_something_fails_nothing_is_left(tmp_path: Path) -> None:
    def fail() -> None:
        with metadata_rows(ExportFolder(tmp_path), Layout.IMAGEFOLDER) as tell:
            tell("cats", ROWS[0])
            raise StateError("no")

    with pytest.raises(StateError):
        fail()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
