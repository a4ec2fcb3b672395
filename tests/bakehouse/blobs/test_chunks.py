from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.blobs.chunks import exactly, in_parts
from bakehouse.errors import InvalidInputError

_CHUNKS = st.lists(st.binary(max_size=20), max_size=10)


@given(chunks=_CHUNKS)
def test_the_announced_size_passes_unchanged(chunks: list[bytes]) -> None:
    assert list(exactly(chunks, len(b"".join(chunks)), key="k")) == chunks


@given(chunks=_CHUNKS, missing=st.integers(min_value=1, max_value=9))
def test_too_few_bytes_are_refused_at_their_end(chunks: list[bytes], missing: int) -> None:
    passed: list[bytes] = []
    with pytest.raises(InvalidInputError, match=r"k: .* only"):
        passed.extend(exactly(chunks, len(b"".join(chunks)) + missing, key="k"))


def test_nothing_beyond_the_size_is_passed_on() -> None:
    passed = exactly([b"ab", b"cd", b"ef"], 3, key="k")
    assert next(passed) == b"ab"
    with pytest.raises(InvalidInputError, match="more"):
        next(passed)


@given(chunks=_CHUNKS, part_bytes=st.integers(min_value=1, max_value=30))
def test_parts_are_of_one_size_but_the_last(chunks: list[bytes], part_bytes: int) -> None:
    parts = list(in_parts(chunks, part_bytes))
    assert b"".join(parts) == b"".join(chunks)
    assert [len(part) for part in parts[:-1]] == [part_bytes] * (len(parts) - 1)
    assert len(parts) == 1 or 0 < len(parts[-1]) <= part_bytes


def test_the_last_part_waits_for_the_end() -> None:
    ended = []

    def chunks() -> Iterator[bytes]:
        yield b"abcd"
        ended.append(True)

    assert [(part, bool(ended)) for part in in_parts(chunks(), 4)] == [(b"abcd", True)]
