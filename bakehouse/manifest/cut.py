"""How a table is cut into parts: a function of its ids alone, so that an edit rewrites only what it touches.

The ids span a binary trie over their bits; a node is split iff it holds more than the limit of rows, and the
leaves that hold any are the parts. A node is named by its bits, the root by ""; sorted by these names, leaves
are sorted by id. Pure.
"""

from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bakehouse.errors import InvalidInputError
from bakehouse.manifest.identity import SAMPLE_ID_BYTES, SampleId

CUT_REVISION = 1
PART_ROWS = 65_536
ID_BITS = SAMPLE_ID_BYTES * 8


class Cell(Protocol):
    """A node whose rows come together, before the cut. No cell is below another."""

    @property
    def prefix(self) -> str:
        """The node's bits."""
        ...

    @property
    def num_rows(self) -> int:
        """How many rows it holds. It may be dear to find out; it is asked for in order."""
        ...


_Cell = TypeVar("_Cell", bound=Cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Ids as numbers of 128 bits: from `low` up to `high`, which is not among them."""

    low: int
    high: int


EVERY_ID = Span(low=0, high=1 << ID_BITS)


def span_of(prefix: str) -> Span:
    """The ids that begin with the bits `prefix`."""
    rest = ID_BITS - len(prefix)
    low = int(prefix or "0", 2) << rest
    return Span(low=low, high=low + (1 << rest))


def span_between(first: SampleId, last: SampleId) -> Span:
    """The ids from `first` to `last`, both among them."""
    return Span(low=int.from_bytes(first, "big"), high=int.from_bytes(last, "big") + 1)


def leaves(cells: Iterable[_Cell], *, limit: int) -> Iterator[tuple[str, list[_Cell]]]:
    """The leaves of the trie over all rows of `cells`, each with the cells that it is made of.

    A cell of more than `limit` rows comes alone, as its own node; `split` cuts it further. The order is not
    quite that of the ids. Only neighbours that may yet become one leaf are held back.
    """
    rest = yield from _walk("", sorted(cells, key=lambda cell: cell.prefix), limit)
    if rest:
        yield "", rest


def split(prefix: str, ids: memoryview, *, limit: int) -> Iterator[tuple[str, int, int]]:
    """The leaves below the node `prefix`, as (bits, first row, row behind the last), in order.

    Args:
        prefix: the node.
        ids: the sorted ids of its rows, one behind the other.
        limit: the most rows of a leaf.

    Raises:
        InvalidInputError: one id has more than `limit` rows.
    """
    yield from _split(prefix, 0, len(ids) // SAMPLE_ID_BYTES, ids, limit)


def rows_within(ids: memoryview, span: Span) -> tuple[int, int]:
    """The first row of `span` among sorted `ids`, one behind the other, and the row behind its last."""
    places = range(len(ids) // SAMPLE_ID_BYTES)
    first = bisect_left(places, span.low, key=lambda row: _number(ids, row))
    return first, bisect_left(places, span.high, first, key=lambda row: _number(ids, row))


def _walk(
    prefix: str, cells: list[_Cell], limit: int
) -> Generator[tuple[str, list[_Cell]], None, list[_Cell] | None]:
    """Yield the leaves below an overfull node and return None; return the cells of any other."""
    if not cells:
        return []
    if cells[0].prefix == prefix:
        if cells[0].num_rows <= limit:
            return cells if cells[0].num_rows else []
        yield prefix, cells
        return None
    middle = bisect_left(cells, "1", key=lambda cell: cell.prefix[len(prefix)])
    zero = yield from _walk(prefix + "0", cells[:middle], limit)
    one = yield from _walk(prefix + "1", cells[middle:], limit)
    if zero is not None and one is not None and sum(cell.num_rows for cell in zero + one) <= limit:
        return zero + one
    if zero:
        yield prefix + "0", zero
    if one:
        yield prefix + "1", one
    return None


def _split(prefix: str, start: int, stop: int, ids: memoryview, limit: int) -> Iterator[tuple[str, int, int]]:
    if start == stop:
        return
    if stop - start <= limit:
        yield prefix, start, stop
        return
    if len(prefix) == ID_BITS:
        raise InvalidInputError(
            f"sample {int(prefix, 2):032x} has {stop - start} rows; at most {limit} fit, ask for fewer"
        )
    middle = rows_within(ids, span_of(prefix + "1"))[0]
    yield from _split(prefix + "0", start, middle, ids, limit)
    yield from _split(prefix + "1", middle, stop, ids, limit)


def _number(ids: memoryview, row: int) -> int:
    return int.from_bytes(ids[row * SAMPLE_ID_BYTES : (row + 1) * SAMPLE_ID_BYTES], "big")
