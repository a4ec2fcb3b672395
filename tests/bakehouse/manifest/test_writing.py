"""Tables, whole and edited: the rows decide what is written, and nothing is written twice."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.columns import Array, call
from bakehouse.manifest.identity import SampleId
from bakehouse.manifest.schema import KEPT, TABLES, TableSchema
from bakehouse.manifest.table import TableRef
from bakehouse.manifest.writing import TableWriter
from tests.bakehouse.manifest.encodings import ENCODINGS
from tests.bakehouse.manifest.rows import (
    CAKES,
    IDS,
    Row,
    an_id,
    batch,
    batches,
    canonical,
    key_of,
    read_all,
    some,
    tables,
)

PART_ROWS = 4  # at least the rows that a sample can have in these tests


@pytest.fixture(scope="session")
def writer(blobs: Blobs, scratch: Path) -> TableWriter:
    return TableWriter(blobs, scratch=scratch, part_rows=PART_ROWS)


@pytest.fixture
def counted(writer: TableWriter) -> "Counted":
    return Counted(writer)


@dataclass
class Counted:
    """How many parts were written since it was made."""

    writer: TableWriter
    before: int = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.writer.num_parts_written

    @property
    def parts(self) -> int:
        return self.writer.num_parts_written - self.before


@some
@given(tables())
def test_a_table_is_read_back_in_the_order_of_its_key(
    blobs: Blobs, writer: TableWriter, rows: list[Row]
) -> None:
    table = writer.write(CAKES, batches(rows))
    assert canonical(read_all(blobs, table)) == canonical(sorted(rows, key=key_of))


@some
@given(tables(), st.integers(1, 50), st.randoms(use_true_random=False))
def test_order_and_batches_do_not_count(
    blobs: Blobs, scratch: Path, writer: TableWriter, rows: list[Row], size: int, random: Random
) -> None:
    shuffled = random.sample(rows, len(rows))
    assert writer.write(CAKES, batches(shuffled, size)) == writer.write(CAKES, batches(rows))


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_encodings_do_not_count(writer: TableWriter, encode: object) -> None:
    assert callable(encode)
    rows = batch([example(number) for number in range(20)])
    encoded = pa.RecordBatch.from_arrays([encode(column) for column in rows.columns], names=rows.schema.names)
    assert writer.write(CAKES, [encoded]) == writer.write(CAKES, [rows])


def example(number: int, variant: int = 0, **changes: object) -> dict[str, object]:
    tags = [{"name": str(number), "weight": number / 3}]
    said = {"state": "kept", "text": f"cake {number}", "score": number / 7, "tags": tags}
    return {"sample_id": an_id(number), "variant": variant, **said, **changes}


@some
@given(tables(), tables())
def test_other_rows_are_another_table(writer: TableWriter, one: list[Row], other: list[Row]) -> None:
    assume(canonical(sorted(one, key=key_of)) != canonical(sorted(other, key=key_of)))
    assert writer.write(CAKES, batches(one)).content != writer.write(CAKES, batches(other)).content


@dataclass
class Edit:
    upserts: list[dict[str, object]]
    deletes: list[SampleId]


EDITS = st.builds(Edit, tables(8), st.lists(IDS, max_size=8))


@some
@given(st.lists(EDITS, max_size=4))
def test_edits_one_after_another_are_as_good_as_writing_anew(writer: TableWriter, edits: list[Edit]) -> None:
    table = writer.write(CAKES, [])
    rows: dict[tuple[object, object], Row] = {}
    for edit in edits:
        table = writer.edit(CAKES, table, upserts=batches(edit.upserts), deletes=edit.deletes)
        rows = {key: row for key, row in rows.items() if key[0] not in edit.deletes}
        rows |= {key_of(row): row for row in edit.upserts}
    anew = writer.write(CAKES, batches(list(rows.values())))
    assert [(p.prefix, p.content, p.states) for p in table.parts] == [
        (p.prefix, p.content, p.states) for p in anew.parts
    ]
    assert table.content == anew.content


@pytest.fixture
def cakes(writer: TableWriter) -> TableRef:
    """Parts of the numbers 0-3 (`000000`), 4-7, ... 12-15 (`000011`)."""
    return writer.write(CAKES, [batch([example(number) for number in range(16)])])


def test_one_edited_row_rewrites_one_part(writer: TableWriter, cakes: TableRef, counted: Counted) -> None:
    edited = writer.edit(CAKES, cakes, upserts=[batch([example(5, text="pie")])])
    assert counted.parts == 1
    assert [new is old for new, old in zip(edited.parts, cakes.parts, strict=True)] == [
        True,
        False,
        True,
        True,
    ]


def test_an_edit_that_changes_nothing_writes_nothing(
    writer: TableWriter, cakes: TableRef, counted: Counted
) -> None:
    same = writer.edit(CAKES, cakes, upserts=[batch([example(5)])], deletes=[an_id(99)])
    assert (counted.parts, same) == (0, cakes)


def test_a_part_that_overflows_is_split(writer: TableWriter, cakes: TableRef, counted: Counted) -> None:
    edited = writer.edit(CAKES, cakes, upserts=[batch([example(5, variant=1)])])
    assert [part.prefix for part in edited.parts[:4]] == ["000000", "0000010", "0000011", "000010"]
    assert counted.parts == 2


def test_parts_that_fit_in_one_are_merged(writer: TableWriter, cakes: TableRef, counted: Counted) -> None:
    edited = writer.edit(CAKES, cakes, deletes=[an_id(number) for number in (0, 1, 4, 5)])
    assert [part.prefix for part in edited.parts] == ["00000", "000010", "000011"]
    assert counted.parts == 1


def test_a_part_that_loses_its_neighbour_is_not_written(
    writer: TableWriter, cakes: TableRef, counted: Counted
) -> None:
    edited = writer.edit(CAKES, cakes, deletes=[an_id(number) for number in range(12)])
    assert [(part.prefix, part.blob) for part in edited.parts] == [("", cakes.parts[3].blob)]
    assert counted.parts == 0


def test_columns_that_an_edit_lacks_stay(blobs: Blobs, writer: TableWriter) -> None:
    table = writer.write(CAKES, [batch([example(1)]).append_column("crumbs", pa.array([7]))])
    key = {"sample_id": an_id(1), "variant": 0}
    edited = writer.edit(CAKES, table, upserts=[batch([{**key, "text": "pie"}])])
    assert read_all(blobs, edited) == [{**read_all(blobs, table)[0], "text": "pie"}]


def test_an_edit_may_bring_a_column(blobs: Blobs, writer: TableWriter, cakes: TableRef) -> None:
    new = batch([{"sample_id": an_id(5), "variant": 0}]).append_column("crumbs", pa.array([7]))
    rows = read_all(blobs, writer.edit(CAKES, cakes, upserts=[new]))
    assert [row["crumbs"] for row in rows] == [7 if number == 5 else None for number in range(16)]


def test_rows_that_go_and_come_in_one_edit_are_new(
    blobs: Blobs, writer: TableWriter, cakes: TableRef
) -> None:
    key = {"sample_id": an_id(5), "variant": 1}
    edited = writer.edit(CAKES, cakes, upserts=[batch([key])], deletes=[an_id(5)])
    found = [row for row in read_all(blobs, edited) if row["sample_id"] == an_id(5)]
    assert found == [{**dict.fromkeys(CAKES.columns), **key}]


def test_a_row_that_is_there_twice_is_refused(writer: TableWriter) -> None:
    with pytest.raises(InvalidInputError, match=r"sample_id 0300.*, variant 0; give one"):
        writer.write(CAKES, [batch([example(3)]), batch([example(3)])])


def test_a_sample_with_more_rows_than_fit_is_refused(writer: TableWriter) -> None:
    with pytest.raises(InvalidInputError, match="has 5 rows; at most 4 fit"):
        writer.write(CAKES, [batch([example(3, variant=variant) for variant in range(5)])])


def test_what_is_no_id_is_not_deleted(writer: TableWriter, cakes: TableRef) -> None:
    with pytest.raises(InvalidInputError, match="0102 is no sample id"):
        writer.edit(CAKES, cakes, deletes=[SampleId(b"\x01\x02")])


def test_a_table_keeps_its_key(writer: TableWriter, cakes: TableRef) -> None:
    other = TableSchema(name="cakes", key=("sample_id",), columns=CAKES.columns)
    with pytest.raises(InvalidInputError, match="write it anew"):
        writer.edit(other, cakes)


@pytest.mark.scale
def test_one_caption_of_ten_million(blobs: Blobs, scratch: Path) -> None:
    writer = TableWriter(blobs, scratch=scratch)
    captions = TABLES["captions"]
    table = writer.write(captions, many_captions(10_000_000))
    before = writer.num_parts_written
    one = {"sample_id": many_ids(0, 1)[0].as_py(), "variant": 0, "text": "an edited caption"}
    edited = writer.edit(captions, table, upserts=[batch([one], captions)])
    assert table.num_rows == edited.num_rows == 10_000_000
    assert writer.num_parts_written - before == 1
    assert len({part.blob for part in edited.parts} - {part.blob for part in table.parts}) == 1


def many_captions(count: int, size: int = 65_536) -> Iterator[pa.RecordBatch]:
    for start in range(0, count, size):
        length = min(size, count - start)
        numbers = pa.array(range(start, start + length)).cast(pa.string())
        columns = {
            "sample_id": many_ids(start, length),
            "variant": pa.array([0] * length, pa.int32()),
            "text": call("binary_join_element_wise", "cake number", numbers, " "),
            "state": pa.array([KEPT] * length),
        }
        yield pa.RecordBatch.from_pydict(columns)


def many_ids(start: int, count: int) -> Array:
    data = hashlib.shake_128(start.to_bytes(8)).digest(count * 16)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), count, [None, pa.py_buffer(data)])
