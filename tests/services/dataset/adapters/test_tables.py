import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from services.dataset.adapters.tables import FileTables, open_table
from services.dataset.domain.table_columns import BrokenRow


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "table"
    path.write_bytes(data)
    return path


def csv_of(*rows: Sequence[object], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def parquet_of(columns: Mapping[str, object]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), sink, row_group_size=100)
    return sink.getvalue()


def rows_of(path: Path, *names: str) -> list[tuple[object, ...] | BrokenRow]:
    return list(open_table(path).rows(names))


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_csv_by_whatever_its_header_is_cut(tmp_path: Path, delimiter: str) -> None:
    data = csv_of(["id", "text"], [1, 'two lines,\n"quoted"; | \t'], [2, ""], delimiter=delimiter)
    path = written(tmp_path, b"\xef\xbb\xbf" + data)
    assert open_table(path).columns == ["id", "text"]
    assert rows_of(path, "text", "id") == [('two lines,\n"quoted"; | \t', "1"), (None, "2")]


def test_a_csv_row_with_too_many_fields_is_broken_and_one_with_too_few_has_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, b"id,text\n1,a cat, a mat\n2\n\n3,fine\n")
    broken, short, fine = rows_of(path, "id", "text")
    assert isinstance(broken, BrokenRow)
    assert "row 1 has 3 fields for 2 columns" in broken.detail
    assert (short, fine) == (("2", None), ("3", "fine"))


def test_a_quote_that_is_never_closed_ends_the_table(tmp_path: Path) -> None:
    path = written(tmp_path, b'id,text\n1,"' + b"x" * (2 << 20))
    with pytest.raises(InvalidInputError, match="a quote that is not closed"):
        rows_of(path, "id")


@pytest.mark.parametrize("before", [b"", b"id,text\n"])
def test_a_csv_line_without_end_does_not_fill_the_memory(tmp_path: Path, before: bytes) -> None:
    path = written(tmp_path, before + b"x," * (9 << 20))
    with pytest.raises(InvalidInputError, match="a line of the CSV file is over 16 MiB"):
        rows_of(path, "id")


def test_csv_that_is_not_utf8_keeps_its_other_cells(tmp_path: Path) -> None:
    path = written(tmp_path, b"id,text\n1,caf\xe9\n2,fine\n")
    (_, torn), fine = rows_of(path, "id", "text")  # type: ignore[misc]  # no broken rows here
    assert torn == "caf\udce9"
    assert fine == ("2", "fine")


@pytest.mark.parametrize("form", ["lines", "array"])
def test_json(tmp_path: Path, form: str) -> None:
    rows = [{"id": 1, "text": ["a", "b"]}, {"text": None, "more": {"x": 1}}]
    lines = "\n\n".join(map(json.dumps, rows)) if form == "lines" else json.dumps(rows)
    path = written(tmp_path, lines.encode())
    assert open_table(path).columns == ["id", "text", "more"]
    assert rows_of(path, "id", "text") == [(1, ["a", "b"]), (None, None)]


def test_json_lines_that_are_none_are_broken_rows(tmp_path: Path) -> None:
    path = written(tmp_path, b'{"id": 1}\n{torn\n[1]\n' + b"[" * 200_000 + b'\n{"id": 2}')
    found = rows_of(path, "id")
    assert [row if isinstance(row, tuple) else row.number for row in found] == [(1,), 2, 3, 4, (2,)]


def test_parquet_of_all_kinds_of_columns(tmp_path: Path) -> None:
    columns = {
        "id": pa.array([1, None, 3]),
        "text": pa.array([["a", "b"], None, []]),
        "width": pa.array([1.0, math.nan, None]),
        "dict": pa.array(["x", "y", "x"]).dictionary_encode(),
        "info": pa.array([{"short": "s"}, None, {"short": None}]),
        "raw": pa.array([b"z", b"\xff", None]),
    }
    path = written(tmp_path, parquet_of(columns))
    assert open_table(path).columns == list(columns)
    assert rows_of(path, "text", "id", "dict", "info", "raw")[0] == (["a", "b"], 1, "x", {"short": "s"}, b"z")
    assert math.isnan(rows_of(path, "width")[1][0])  # type: ignore[index, arg-type]  # no broken rows here


def test_parquet_of_many_groups(tmp_path: Path) -> None:
    path = written(tmp_path, parquet_of({"id": list(range(20_000))}))
    assert rows_of(path, "id") == [(number,) for number in range(20_000)]


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"[]", b"{}", b"PAR1", b"PAR1" + bytes(100), b"PAR1xPAR1", b"\xff\xfei\0d\0"]
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        open_table(written(tmp_path, data))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_one_kind_is_not_another(tmp_path: Path, kind: str) -> None:
    data = {"csv": b"PAR1", "jsonl": b"id,text\n1,2\n", "parquet": b"id,text\n1,2\n"}[kind]
    path = written(tmp_path, data)
    if kind == "csv":
        assert open_table(path, kind).columns == ["PAR1"]
    else:
        with pytest.raises(InvalidInputError):
            open_table(path, kind)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_missing_column_is_told_with_those_there_are(tmp_path: Path, kind: str) -> None:
    data = {
        "csv": b"id,url\n1,x",
        "jsonl": b'{"id": 1, "url": "x"}',
        "parquet": parquet_of({"id": [1], "url": ["x"]}),
    }
    with pytest.raises(InvalidInputError, match="no column 'caption'; it has id, url"):
        rows_of(written(tmp_path, data[kind]), "id", "caption")


def test_a_table_is_a_blob(blobs: Blobs, tmp_path: Path) -> None:
    digest = blobs.put(b"id\n7\n")
    with FileTables().open(blobs, digest, "csv", tmp_path) as table:
        assert list(table.rows(["id"])) == [("7",)]
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


PARQUET = parquet_of({"id": list(range(300)), "text": ["a text"] * 300})


@given(st.integers(0, len(PARQUET) - 1), st.binary(min_size=1, max_size=8))
def test_damaged_parquet_is_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, at: int, damage: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(PARQUET[:at] + damage + PARQUET[at + len(damage) :])
    with suppress(InvalidInputError):
        rows_of(path, "id", "text")


@given(st.binary(max_size=200))
def test_random_bytes_are_a_table_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "random"
    path.write_bytes(data)
    with suppress(InvalidInputError):
        table = open_table(path)
        assert all(isinstance(row, tuple | BrokenRow) for row in table.rows(list(table.columns[:2])))
