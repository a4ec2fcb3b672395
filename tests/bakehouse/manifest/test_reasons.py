"""Who was left out, and why."""

from pathlib import Path

from bakehouse.blobs.blobs import Blobs
from bakehouse.manifest.reasons import ReasonCount, count_reasons
from bakehouse.manifest.schema import EXCLUDED, FAILED, KEPT, TABLES, TableSchema
from bakehouse.manifest.table import TableRef
from bakehouse.manifest.writing import TableWriter
from tests.bakehouse.manifest.rows import CAKES, an_id, batch

SAMPLES = TABLES["samples"]


def written(
    blobs: Blobs, scratch: Path, schema: TableSchema, fates: list[tuple[str | None, str | None]]
) -> TableRef:
    rows = [
        {"sample_id": an_id(number), "variant": 0, "state": state, "reason": reason}
        for number, (state, reason) in enumerate(fates)
    ]
    kept = [name for name in rows[0] if name in schema.columns]
    writer = TableWriter(blobs, scratch=scratch, part_rows=2)
    return writer.write(schema, [batch([{n: row[n] for n in kept} for row in rows], schema)])


def test_rows_that_are_not_kept_are_counted_by_reason(blobs: Blobs, scratch: Path) -> None:
    fates = [
        (EXCLUDED, "blurred"),
        (KEPT, None),
        (FAILED, "truncated"),
        (EXCLUDED, "blurred"),
        (FAILED, None),
    ]
    assert count_reasons(blobs, written(blobs, scratch, SAMPLES, [*fates, (None, None)])) == [
        ReasonCount(state=EXCLUDED, reason="blurred", num_rows=2),
        ReasonCount(state=FAILED, reason="", num_rows=1),
        ReasonCount(state=FAILED, reason="truncated", num_rows=1),
    ]


def test_parts_with_kept_rows_only_are_not_read(blobs: Blobs, scratch: Path) -> None:
    table = written(blobs, scratch, SAMPLES, [(KEPT, None)] * 3)
    assert count_reasons(Blobs(blobs.store, "empty"), table) == []


def test_a_table_without_reasons_has_states(blobs: Blobs, scratch: Path) -> None:
    table = written(blobs, scratch, CAKES, [(FAILED, None)])
    assert count_reasons(blobs, table) == [ReasonCount(state=FAILED, reason="", num_rows=1)]
