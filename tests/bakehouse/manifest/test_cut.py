"""The trie: the leaves are a function of the ids, however they were grouped before."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.cache.revisions import golden_problem
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.cut import (
    CUT_REVISION,
    EVERY_ID,
    ID_BITS,
    Span,
    leaves,
    rows_within,
    span_between,
    span_of,
    split,
)
from bakehouse.manifest.identity import sample_id
from tests.bakehouse.manifest.rows import IDS, an_id

GOLDENS = {1: "a64eb4142496c09f2645b1dadcf805145fd3af2bb11343060e5357a928a26a9c"}


@dataclass(frozen=True)
class Group:
    prefix: str
    ids: tuple[bytes, ...]

    @property
    def num_rows(self) -> int:
        return len(self.ids)


def bits(sample: bytes) -> str:
    return f"{int.from_bytes(sample, 'big'):0{ID_BITS}b}"


def expected_leaves(ids: list[bytes], limit: int, prefix: str = "") -> Iterator[tuple[str, list[bytes]]]:
    """The definition, read aloud."""
    inside = [one for one in ids if bits(one).startswith(prefix)]
    if len(inside) > limit:
        yield from expected_leaves(inside, limit, prefix + "0")
        yield from expected_leaves(inside, limit, prefix + "1")
    elif inside:
        yield prefix, inside


def cut(groups: list[Group], limit: int) -> list[tuple[str, list[bytes]]]:
    """What the writer does with the two functions."""
    found = []
    for prefix, cells in leaves(groups, limit=limit):
        ids = [one for cell in cells for one in cell.ids]
        rows = memoryview(b"".join(ids))
        found += [(name, ids[start:stop]) for name, start, stop in split(prefix, rows, limit=limit)]
    return sorted(found)


def test_a_changed_cut_has_a_new_revision() -> None:
    ids = sorted(sample_id("entry", str(number)) for number in range(100))
    names = [prefix for prefix, _ in cut([Group("", tuple(ids))], limit=3)]
    assert golden_problem(CUT_REVISION, " ".join(names).encode(), GOLDENS) is None


@settings(deadline=None)
@given(st.lists(IDS, max_size=30).map(sorted), st.integers(3, 6), st.data())
def test_the_cut_depends_on_the_ids_only(ids: list[bytes], limit: int, data: st.DataObject) -> None:
    ids = [one for at, one in enumerate(ids) if ids[max(at - limit + 1, 0) : at + 1].count(one) < limit]

    def groups(prefix: str) -> Iterator[Group]:
        inside = tuple(one for one in ids if bits(one).startswith(prefix))
        if len(prefix) < 12 and data.draw(st.booleans()):
            yield from groups(prefix + "0")
            yield from groups(prefix + "1")
        else:
            yield Group(prefix, inside)

    assert cut(list(groups("")), limit) == list(expected_leaves(ids, limit))


def test_cells_that_become_one_leaf_come_together() -> None:
    cells = [Group("1", (b"\xff" * 16,)), Group("00", (bytes(16),)), Group("01", ())]
    assert list(leaves(cells, limit=2)) == [("", [cells[1], cells[0]])]


def test_a_sample_with_too_many_rows_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"sample 0+ has 3 rows; at most 2"):
        list(split("", memoryview(bytes(3 * 16)), limit=2))


@settings(deadline=None)
@given(st.lists(IDS).map(sorted), IDS, IDS)
def test_rows_within_a_span(ids: list[bytes], one: bytes, other: bytes) -> None:
    first, last = sorted([one, other])
    start, stop = rows_within(memoryview(b"".join(ids)), span_between(an_id(0), an_id(0)))
    assert ids[start:stop] == [i for i in ids if i == an_id(0)]
    start, stop = rows_within(memoryview(b"".join(ids)), Span(low=number(first), high=number(last)))
    assert ids[start:stop] == [i for i in ids if first <= i < last]


def number(sample: bytes) -> int:
    return int.from_bytes(sample, "big")


def test_spans() -> None:
    assert span_of("") == EVERY_ID
    assert span_of("1" * ID_BITS) == Span(low=2**ID_BITS - 1, high=2**ID_BITS)
