"""Parts in the store: written, read, and not believed when they are not what they should be."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import CorruptionError, NotFoundError
from bakehouse.manifest.content import content_digest
from bakehouse.manifest.cut import span_between
from bakehouse.manifest.parts import read_part, rows_of, write_part
from bakehouse.manifest.table import Part
from tests.bakehouse.manifest.rows import CAKES, an_id, batch

ROWS = batch(
    [
        {"sample_id": an_id(1), "variant": 0, "state": "kept", "tags": [{"name": "a", "weight": 1.0}]},
        {"sample_id": an_id(2), "variant": 0, "state": None, "tags": None},
        {"sample_id": an_id(3), "variant": 0, "state": "failed", "tags": []},
    ]
)


@pytest.fixture
def part(blobs: Blobs) -> Part:
    return write_part(blobs, "0", content_digest(ROWS), ROWS)


def test_a_part_is_described(part: Part) -> None:
    assert (part.num_rows, part.states) == (3, {"failed": 1, "kept": 1})


def test_a_part_is_read_back_with_nulls_for_columns_it_lacks(blobs: Blobs, part: Part) -> None:
    rows = read_part(blobs, part, CAKES.columns)
    assert rows.schema.names == list(CAKES.columns)
    assert rows["text"].null_count == 3
    assert content_digest(rows) == part.content


@pytest.mark.parametrize(
    "settings",
    [
        {"compression": "none"},
        {"compression": "snappy", "use_dictionary": False},
        {"data_page_version": "2.0", "data_page_size": 10},
        {"row_group_size": 1},
        {"store_schema": False},
        {"version": "1.0", "store_schema": False},
        {"use_byte_stream_split": ["weight"], "use_dictionary": False},
    ],
)
def test_the_writer_s_settings_do_not_count(blobs: Blobs, part: Part, settings: dict[str, object]) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_batches([ROWS]), sink, **settings)  # type: ignore[arg-type]  # one of its many
    other = replace(part, blob=blobs.put(sink.getvalue().to_pybytes()))
    assert content_digest(read_part(blobs, other, CAKES.columns)) == part.content


def test_some_columns_are_read(blobs: Blobs, part: Part) -> None:
    assert read_part(blobs, part, {"state": pa.string()}).to_pydict() == {"state": ["kept", None, "failed"]}


def test_a_missing_blob_is_not_found(blobs: Blobs, part: Part) -> None:
    with pytest.raises(NotFoundError):
        read_part(blobs, replace(part, blob=part.content), CAKES.columns)


def test_bytes_that_are_no_table_are_refused(blobs: Blobs, part: Part) -> None:
    with pytest.raises(CorruptionError, match="is no part of a table"):
        read_part(blobs, replace(part, blob=blobs.put(b"PAR1 no PAR1")), CAKES.columns)


def test_another_number_of_rows_is_refused(blobs: Blobs, part: Part) -> None:
    with pytest.raises(CorruptionError, match="has not the 2 rows"):
        read_part(blobs, replace(part, num_rows=2, states={}), CAKES.columns)


def test_a_column_of_another_type_is_refused(blobs: Blobs, part: Part) -> None:
    with pytest.raises(CorruptionError, match="is no part of a table with columns"):
        read_part(blobs, part, {"tags": pa.int32()})


def test_rows_of_a_span() -> None:
    assert rows_of(ROWS, span_between(an_id(2), an_id(9)))["state"].to_pylist() == [None, "failed"]
