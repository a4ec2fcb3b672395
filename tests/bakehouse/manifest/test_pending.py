"""An edit seen as cells: what is left alone, what is read, what is cut finer."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.manifest.pending import Pending, PendingEdit, pending_cells
from bakehouse.manifest.spill import Spill
from bakehouse.manifest.table import TableRef
from bakehouse.manifest.writing import TableWriter
from tests.bakehouse.manifest.rows import CAKES, Row, an_id, batch

Cells = Callable[[TableRef, Sequence[int], Sequence[int]], dict[str, Pending]]

NOTHING = TableRef(key=CAKES.key, columns=CAKES.columns)


@pytest.fixture
def stored(blobs: Blobs, scratch: Path) -> TableRef:
    """Parts `00`, `01` and `1`, of two rows each."""
    rows = [row(number) for number in (0, 1, 64, 65, 128, 129)]
    return TableWriter(blobs, scratch=scratch, part_rows=2).write(CAKES, [batch(rows)])


def row(number: int) -> Row:
    return {"sample_id": an_id(number), "variant": 0, "text": str(number)}


@pytest.fixture
def cells(blobs: Blobs, scratch: Path) -> Iterator[Cells]:
    """The cells of a table under edit, cut finer from two upserts on."""
    with Spill(scratch, key=CAKES.key) as new, Spill(scratch, key=("sample_id",)) as gone:

        def pending(table: TableRef, upserts: Sequence[int], deletes: Sequence[int]) -> dict[str, Pending]:
            if upserts:
                new.add(batch([row(number) for number in upserts]))
            if deletes:
                gone.add(batch([{"sample_id": an_id(number)} for number in deletes]))
            edit = PendingEdit(blobs, table, upserts=new, deletes=gone)
            return {cell.prefix: cell for cell in pending_cells(edit, limit=2)}

        yield pending


def test_parts_without_edits_are_left_alone(cells: Cells, stored: TableRef) -> None:
    found = cells(stored, [64], [128])
    kept = {name: cell.unchanged_part() is not None for name, cell in found.items()}
    assert kept == {"00": True, "01": False, "1": False}


def test_an_edited_part_counts_and_gives_its_new_rows(cells: Cells, stored: TableRef) -> None:
    cell = cells(stored, [70], [64])["01"]
    assert cell.num_rows == 2
    assert cell.take_rows()["text"].to_pylist() == ["65", "70"]


def test_an_empty_table_without_edits_has_no_cells(cells: Cells) -> None:
    assert cells(NOTHING, [], []) == {}


def test_a_gap_is_a_cell_if_something_falls_into_it(cells: Cells) -> None:
    assert cells(NOTHING, [1, 2], [])[""].num_rows == 2


def test_a_part_with_many_edits_is_cut_finer(cells: Cells, stored: TableRef) -> None:
    found = cells(stored, [128, 129, 130], [])
    finer = ["1000000", "1000001", "100001", "10001", "1001", "101", "11"]
    assert sorted(found) == ["00", "01", *finer]
    assert {name: found[name].num_rows for name in finer} == {
        **dict.fromkeys(finer, 0),
        "1000000": 2,
        "1000001": 1,
    }
