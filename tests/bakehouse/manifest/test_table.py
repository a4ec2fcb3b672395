"""What a manifest says of a table, and what it refuses to say."""

from dataclasses import replace

import pyarrow as pa
import pytest

from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.table import Part, TableRef, moved
from tests.bakehouse.manifest.rows import CAKES


def part(prefix: str, *, num_rows: int = 2, states: dict[str, int] | None = None) -> Part:
    return Part(
        prefix=prefix,
        num_rows=num_rows,
        states=states or {},
        content=digest_bytes(prefix.encode()),
        blob=digest_bytes(b"blob"),
        size_bytes=100,
    )


def table(*parts: Part) -> TableRef:
    return TableRef(key=CAKES.key, columns=CAKES.columns, parts=parts)


def test_counts_are_those_of_the_parts() -> None:
    both = table(part("0", states={"kept": 2}), part("1", states={"failed": 1, "kept": 1}))
    assert (both.num_rows, both.states) == (4, {"failed": 1, "kept": 3})


def test_the_identity_leaves_out_how_the_rows_are_stored() -> None:
    one = part("", states={"kept": 2})
    other = replace(one, blob=digest_bytes(b"other"), size_bytes=7)
    wider = replace(table(other), columns={**CAKES.columns, "more": pa.int8()})
    assert table(one).content == wider.content


@pytest.mark.parametrize(
    "other",
    [
        table(part("0")),
        table(replace(part(""), content=digest_bytes(b"other"))),
        table(),
        TableRef(key=("sample_id",), columns=CAKES.columns, parts=(part(""),)),
    ],
)
def test_the_identity_is_that_of_the_rows_and_their_key(other: TableRef) -> None:
    assert table(part("")).content != other.content


@pytest.mark.parametrize("prefixes", [("1", "0"), ("0", "0"), ("", "0"), ("0", "01")])
def test_parts_are_in_order_and_do_not_overlap(prefixes: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInputError, match="out of order or overlap"):
        table(*(part(prefix) for prefix in prefixes))


@pytest.mark.parametrize(
    "change",
    [
        {"prefix": "2"},
        {"prefix": "0" * 129},
        {"num_rows": 0},
        {"num_rows": 65_537},
        {"size_bytes": 0},
        {"states": {"kept": 3}},
        {"states": {"kept": 0}},
        {"states": {"eaten": 1}},
        {"content": Digest("x")},
        {"blob": Digest("")},
    ],
)
def test_what_is_no_part_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        replace(part("0"), **change)  # type: ignore[arg-type]  # a field each


def test_a_table_has_its_key() -> None:
    with pytest.raises(InvalidInputError, match="a table's key is"):
        TableRef(key=("sample_id",), columns={})


def test_a_moved_part_has_the_same_rows() -> None:
    assert moved(part("0"), "00") == replace(part("0"), prefix="00")
