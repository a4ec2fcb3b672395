"""Edits in memory, beside a dictionary that does the same."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from bakehouse.manifest.columns import select
from bakehouse.manifest.edits import apply_edits, refuse_duplicates, row_keys
from tests.bakehouse.manifest.rows import CAKES, IDS, Row, batch, canonical, key_of, some, tables

COLUMNS = st.sets(st.sampled_from(sorted(CAKES.columns.keys() - {*CAKES.key})))


def ids(samples: list[bytes]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"sample_id": pa.array(samples, pa.binary(16))})


def edited(base: list[Row], upserts: list[dict[str, object]], deletes: list[bytes]) -> list[Row]:
    rows = {key_of(row): row for row in base if row["sample_id"] not in deletes}
    nothing: Row = dict.fromkeys(CAKES.columns)
    for row in upserts:
        rows[key_of(row)] = {**nothing, **rows.get(key_of(row), {}), **row}
    return sorted(rows.values(), key=key_of)


@some
@given(tables(), tables(), st.lists(IDS), COLUMNS)
def test_edits_do_what_they_say(
    base: list[Row], upserts: list[dict[str, object]], deletes: list[bytes], columns: set[str]
) -> None:
    changes = [{name: row[name] for name in (*CAKES.key, *columns)} for row in upserts]
    result = apply_edits(
        select(batch(base), CAKES.columns),
        upserts=batch(changes).select([*CAKES.key, *columns]),
        deletes=ids(deletes),
        key=CAKES.key,
    )
    assert canonical(result.to_pylist()) == canonical(edited(base, changes, deletes))


def test_keys_of_rows_tell_them_apart() -> None:
    rows = batch([{"sample_id": bytes(16), "variant": variant} for variant in (1, 10, -1)])
    assert row_keys(rows, CAKES.key).to_pylist() == [bytes(16) + text for text in (b"1", b"10", b"-1")]


@pytest.mark.parametrize("variants", [[], [3], [1, 2, 3]])
def test_rows_with_keys_of_their_own_pass(variants: list[int]) -> None:
    refuse_duplicates(batch([{"sample_id": bytes(16), "variant": v} for v in variants]), CAKES.key)


def test_rows_with_one_key_are_refused() -> None:
    rows = batch([{"sample_id": bytes(16), "variant": v} for v in (1, 2, 2)])
    with pytest.raises(InvalidInputError, match=r"sample_id 0{32}, variant 2; give one"):
        refuse_duplicates(rows, CAKES.key)
