"""Messages of uploads and blobs to values and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.registry.records import Resource
from bakehouse.v1 import upload_pb2
from gateway.uploads import convert as convert_uploads
from gateway.uploads.record import PartRange, Upload, UploadBody, UploadState, UploadWish

RANGES = st.lists(st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1)).map(sorted), max_size=5)


@given(RANGES)
def test_ranges_come_back_as_they_were(pairs: list[list[int]]) -> None:
    ranges = [PartRange(first, last) for first, last in pairs]
    assert convert_uploads.part_ranges(convert_uploads.range_messages(ranges)) == ranges


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="3 to 2"):
        convert_uploads.part_ranges([upload_pb2.PartRange(first=3, last=2)])


@pytest.mark.parametrize("state", [UploadState.OPEN, UploadState.COMPLETE])
def test_a_wish_comes_back_from_the_upload_that_it_became(state: UploadState) -> None:
    wish = UploadWish(size_bytes=5, digest=digest_bytes(b"x"), content_type="image/png", filename="größe.png")
    time = "2026-01-01T00:00:00.123+00:00"
    body = UploadBody(
        size_bytes=wish.size_bytes,
        digest=wish.digest,
        content_type=wish.content_type,
        filename=wish.filename,
        part_size_bytes=8 << 20,
        expire_time=time,
        state=state,
    )
    resource = Resource(project="p", kind="upload", id="u", version=3, body={}, create_time=time)
    message = convert_uploads.upload_message(
        Upload(resource=resource, body=body, received=(PartRange(0, 0),))
    )
    assert convert_uploads.upload_wish(message) == wish
    assert convert_uploads.part_ranges(message.received_parts) == [PartRange(0, 0)]
    assert message.state == upload_pb2.Upload.State.Value(f"STATE_{state.name}")
    assert (message.name, message.etag, message.blob) == (
        "projects/p/uploads/u",
        "r3",
        f"projects/p/blobs/{wish.digest}",
    )


def test_a_blob_is_named_by_its_digest() -> None:
    digest = digest_bytes(b"x")
    assert convert_uploads.blob_of(f"projects/p/blobs/{digest}") == ("p", digest)
