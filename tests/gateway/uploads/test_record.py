"""How uploads are cut into parts."""

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.registry.records import Resource
from gateway.uploads.record import (
    MAX_PARTS,
    PartRange,
    UploadBody,
    UploadState,
    UploadWish,
    decode_upload,
    encode_body,
    missing_of,
    numbers_of,
    part_size_for,
    ranges_of,
)

MIB = 1 << 20
DIGEST = digest_bytes(b"")


def body_of(size_bytes: int) -> UploadBody:
    return UploadBody(
        size_bytes=size_bytes,
        digest=DIGEST,
        content_type="image/png",
        filename="größe.png",
        part_size_bytes=part_size_for(size_bytes),
        expire_time="2026-01-01T00:00:00.000+00:00",
    )


@given(st.integers(0, 1 << 46))
def test_there_are_at_most_ten_thousand_parts_of_8_mib_or_more(size_bytes: int) -> None:
    body = body_of(size_bytes)
    assert body.num_parts <= MAX_PARTS
    assert body.part_size_bytes >= 8 * MIB
    assert body.part_size_bytes % MIB == 0


@given(st.integers(0, 100 * MIB))
def test_the_parts_are_the_whole(size_bytes: int) -> None:
    body = body_of(size_bytes)
    sizes = [body.part_bytes(part) for part in range(body.num_parts)]
    assert sum(sizes) == size_bytes
    assert all(sizes)


@pytest.mark.parametrize("part", [-1, 2, 2**31 - 1])
def test_a_part_that_is_not_there_is_refused(part: int) -> None:
    with pytest.raises(InvalidInputError, match="parts 0 to 1"):
        body_of(9 * MIB).part_bytes(part)


def test_nothing_has_no_parts() -> None:
    with pytest.raises(InvalidInputError, match="no parts"):
        body_of(0).part_bytes(0)


@given(st.sets(st.integers(0, 50)))
def test_numbers_become_ranges_and_ranges_numbers(numbers: set[int]) -> None:
    ranges = ranges_of(sorted(numbers))
    assert list(numbers_of(ranges)) == sorted(numbers)
    assert all(left.last + 1 < right.first for left, right in itertools.pairwise(ranges))


def test_what_is_missing_is_the_rest() -> None:
    assert missing_of(body_of(50 * MIB), [PartRange(1, 2), PartRange(4, 4)]) == (
        PartRange(0, 0),
        PartRange(3, 3),
        PartRange(5, 6),
    )


def test_a_range_is_written_short() -> None:
    assert [str(PartRange(3, 3)), str(PartRange(3, 5))] == ["3", "3-5"]


@pytest.mark.parametrize("state", UploadState)
def test_a_record_comes_back_as_it_was(state: UploadState) -> None:
    body = UploadBody(
        size_bytes=1,
        digest=DIGEST,
        content_type="",
        filename="",
        part_size_bytes=8 * MIB,
        expire_time="2026-01-01T00:00:00.000+00:00",
        state=state,
    )
    resource = Resource(project="p", kind="upload", id="u", body=encode_body(body))
    assert decode_upload(resource).body == body


def test_it_expires_at_its_time() -> None:
    body = body_of(1)
    assert body.is_expired(datetime(2026, 1, 1, tzinfo=UTC))
    assert not body.is_expired(datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"size_bytes": -1}, "upload.size_bytes"),
        ({"size_bytes": 1, "filename": "x" * 256}, "upload.filename"),
        ({"size_bytes": 1, "filename": "a\nb"}, "upload.filename"),
        ({"size_bytes": 1, "content_type": "\x1b[31m"}, "upload.content_type"),
    ],
)
def test_a_wish_that_can_not_be_is_refused(fields: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        UploadWish(digest=DIGEST, **fields)  # type: ignore[arg-type]  # the fields differ by case
    assert caught.value.field == field
