"""Diffs of tables and manifests, beside dictionaries; and that what both share is not read."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import canonical_digest
from bakehouse.errors import NotFoundError, StateError
from bakehouse.manifest.diff import diff_manifests, diff_tables
from bakehouse.manifest.header import Manifest
from bakehouse.manifest.table import TableRef
from bakehouse.manifest.writing import TableWriter
from tests.bakehouse.manifest.rows import CAKES, Row, an_id, batch, batches, canonical, key_of, some, tables


@pytest.fixture(scope="session")
def writer(blobs: Blobs, scratch: Path) -> TableWriter:
    return TableWriter(blobs, scratch=scratch, part_rows=3)


def listed(blobs: Blobs, before: TableRef, after: TableRef) -> list[tuple[object, ...]]:
    rows = [row for found in diff_tables(blobs, before, after) for row in found.to_pylist()]
    return [tuple(row.values()) for row in rows]


def expected(before: list[Row], after: list[Row]) -> list[tuple[object, ...]]:
    old, new = ({key_of(row): row for row in rows} for rows in (before, after))
    found: list[tuple[object, ...]] = []
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            found.append((*key, "removed", None))
        elif key not in old:
            found.append((*key, "added", None))
        elif changed := [n for n in sorted(new[key]) if canonical(old[key][n]) != canonical(new[key][n])]:
            found.append((*key, "changed", changed))
    return found


@some
@given(tables(), tables())
def test_a_diff_says_what_changed(
    blobs: Blobs, writer: TableWriter, before: list[Row], after: list[Row]
) -> None:
    old, new = (writer.write(CAKES, batches(rows)) for rows in (before, after))
    assert listed(blobs, old, new) == expected(before, after)


def row(number: int, text: str = "cake") -> Row:
    return {"sample_id": an_id(number), "variant": 0, "text": text}


def test_shared_parts_are_not_read(blobs: Blobs, writer: TableWriter) -> None:
    before = writer.write(CAKES, [batch([row(number) for number in range(12)])])
    after = writer.edit(CAKES, before, upserts=[batch([row(11, "a cake that is nowhere else")])])
    shared = {part.blob for part in before.parts} & {part.blob for part in after.parts}
    assert len(shared) == len(before.parts) - 1
    elsewhere = Blobs(blobs.store, "pantry")
    for blob in {part.blob for part in (*before.parts, *after.parts)} - shared:
        elsewhere.put(blobs.get(blob))
    assert listed(elsewhere, before, after) == [(an_id(11), 0, "changed", ["text"])]
    with pytest.raises(NotFoundError):
        listed(elsewhere, before, TableRef(key=CAKES.key, columns=CAKES.columns))


def test_a_column_that_came_is_a_change_where_it_says_something(blobs: Blobs, writer: TableWriter) -> None:
    before = writer.write(CAKES, [batch([row(1), row(2)])])
    crumbs = batch([row(1), row(2)]).append_column("crumbs", pa.array([7, None]))
    assert listed(blobs, before, writer.edit(CAKES, before, upserts=[crumbs])) == [
        (an_id(1), 0, "changed", ["crumbs"])
    ]


def test_tables_with_different_keys_are_not_compared(blobs: Blobs) -> None:
    one, other = (TableRef(key=key, columns=CAKES.columns) for key in (CAKES.key, ("sample_id",)))
    with pytest.raises(StateError, match="can't be compared"):
        list(diff_tables(blobs, one, other))


def test_manifests_are_compared_table_by_table(blobs: Blobs, writer: TableWriter) -> None:
    one, two = (writer.write(CAKES, [batch([row(number)])]) for number in (1, 2))
    before, after = (
        Manifest(stage="bake", revision=1, spec=canonical_digest({}), tables=tables)
        for tables in ({"cakes": one, "pies": one, "same": one}, {"cakes": two, "tarts": two, "same": one})
    )
    found = {name: rows["change"].to_pylist() for name, rows in diff_manifests(blobs, before, after)}
    assert found == {"cakes": ["removed", "added"], "pies": ["removed"], "tarts": ["added"]}
