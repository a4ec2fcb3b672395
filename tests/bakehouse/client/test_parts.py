"""Which parts an upload lacks, and where their bytes are."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.client.parts import Source, missing_parts, part_size_bytes, ranges_of, source_of
from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.v1.upload_pb2 import PartRange, Upload


@given(st.integers(0, 100), st.integers(1, 20))
def test_parts_are_as_large_as_the_whole(size: int, part_size: int) -> None:
    upload = Upload(size_bytes=size, part_size_bytes=part_size)
    assert sum(part_size_bytes(upload, part) for part in missing_parts(upload)) == size


@given(st.sets(st.integers(0, 30)))
def test_ranges_hold_the_parts_and_no_others(parts: set[int]) -> None:
    ranges = ranges_of(sorted(parts))
    assert [n for span in ranges for n in range(span.first, span.last + 1)] == sorted(parts)


@given(st.sets(st.integers(0, 9)))
def test_what_has_arrived_is_not_missing(parts: set[int]) -> None:
    upload = Upload(size_bytes=100, part_size_bytes=10, received_parts=ranges_of(sorted(parts)))
    assert set(missing_parts(upload)) == set(range(10)) - parts


def test_neighbours_are_one_range() -> None:
    assert ranges_of([0, 1, 2, 5]) == [PartRange(first=0, last=2), PartRange(first=5, last=5)]


def test_pieces_are_the_bytes_of_a_part() -> None:
    source = source_of(b"0123456789")
    assert list(source.pieces(3, 5, piece_bytes=2)) == [b"34", b"56", b"7"]
    assert source.digest == digest_bytes(b"0123456789")


def test_a_source_that_became_shorter_is_refused() -> None:
    source = Source(open=lambda: BytesIO(b"short"), size_bytes=10, digest=digest_bytes(b""))
    with pytest.raises(InvalidInputError, match="changed"):
        list(source.pieces(0, 10, piece_bytes=4))
