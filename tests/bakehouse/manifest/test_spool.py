from pathlib import Path

import pyarrow as pa

from bakehouse.manifest.spool import Spool


def test_rows_come_back_as_often_as_asked_and_leave_no_file(tmp_path: Path) -> None:
    rows = [pa.RecordBatch.from_pydict({"a": pa.array([number, None])}) for number in range(3)]
    with Spool(tmp_path) as spool:
        for batch in rows:
            spool.add(batch)
        assert [*spool.batches()] == rows
        assert [*spool.batches()] == rows
    assert list(tmp_path.iterdir()) == []


def test_nothing_comes_of_nothing(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        assert list(spool.batches()) == []
