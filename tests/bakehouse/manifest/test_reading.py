"""Reading tables in stretches: all, a span, some columns, side by side."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.cut import Span, span_between
from bakehouse.manifest.identity import SampleId
from bakehouse.manifest.reading import TableReader, stretches
from bakehouse.manifest.table import TableRef
from bakehouse.manifest.writing import TableWriter
from tests.bakehouse.manifest.rows import CAKES, IDS, Row, batch, batches, key_of, read_all, some, tables


@pytest.fixture(scope="session")
def writer(blobs: Blobs, scratch: Path) -> TableWriter:
    return TableWriter(blobs, scratch=scratch, part_rows=3)


@some
@given(rows=tables(), ends=st.lists(IDS, min_size=2, max_size=2).map(sorted))
def test_a_span_of_ids(blobs: Blobs, writer: TableWriter, rows: list[Row], ends: list[SampleId]) -> None:
    reader = TableReader(blobs, writer.write(CAKES, batches(rows)))
    found = [row for b in reader.batches(span_between(*ends)) for row in b.to_pylist()]
    assert [key_of(row) for row in found] == sorted(
        key_of(row) for row in rows if ends[0] <= row["sample_id"] <= ends[1]
    )


def test_some_columns_come_behind_the_key(blobs: Blobs, writer: TableWriter) -> None:
    table = writer.write(CAKES, [batch([{"sample_id": bytes(16), "variant": 1, "text": "pie"}])])
    (rows,) = TableReader(blobs, table, columns=["text", "variant"]).batches()
    assert rows.to_pylist() == [{"sample_id": bytes(16), "variant": 1, "text": "pie"}]


def test_an_unknown_column_is_refused(blobs: Blobs) -> None:
    with pytest.raises(InvalidInputError, match=r"no columns \['crumbs'\]"):
        TableReader(blobs, TableRef(key=CAKES.key, columns=CAKES.columns), columns=["crumbs"])


@some
@given(st.lists(tables(), min_size=1, max_size=3))
def test_stretches_cover_every_row_of_every_table_once(
    blobs: Blobs, writer: TableWriter, contents: list[list[Row]]
) -> None:
    refs = [writer.write(CAKES, batches(rows)) for rows in contents]
    found = [
        [row for stretch in stretches(refs) for row in reader.rows_at(stretch).to_pylist()]
        for reader in (TableReader(blobs, ref) for ref in refs)
    ]
    assert repr(found) == repr([read_all(blobs, ref) for ref in refs])


def test_between_the_parts_there_is_none(blobs: Blobs, writer: TableWriter) -> None:
    rows: list[Row] = [{"sample_id": bytes([first]) * 16, "variant": v} for first in (0, 255) for v in (0, 1)]
    reader = TableReader(blobs, writer.write(CAKES, [batch(rows)]))
    assert reader.part_at(Span(low=0, high=1)) is not None
    assert (
        TableReader(blobs, TableRef(key=CAKES.key, columns=CAKES.columns)).part_at(Span(low=0, high=1))
        is None
    )
