"""Streams of pieces that end well, badly, or break off; what one of them may hold is tested over gRPC."""

import itertools
import random
from collections.abc import AsyncIterator

import google_crc32c
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError
from gateway.uploads.intake import Intake
from gateway.uploads.part_writing import PartWriter, Piece
from gateway.uploads.parts import Parts
from gateway.uploads.record import PartRange, Upload, UploadWish
from tests.gateway.desk import Desk

PART = 8 << 20
DATA = random.Random(13).randbytes(PART + 5000)
WISH = UploadWish(size_bytes=len(DATA), digest=digest_bytes(DATA))


def writer_of(desk: Desk) -> PartWriter:
    return PartWriter(desk.uploads(), Parts(desk.store), Intake(desk.store, most=2))


def piece(upload: Upload, part: int, start: int, stop: int) -> Piece:
    data = DATA[part * PART + start : part * PART + stop]
    return Piece(
        upload=upload.resource.ref,
        part=part,
        offset_bytes=start,
        data=data,
        crc32c=google_crc32c.value(data),
    )


async def stream(*pieces: Piece, end: Exception | None = None) -> AsyncIterator[Piece]:
    for one in pieces:
        yield one
    if end is not None:
        raise end


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(1, 4999)))
async def test_a_part_may_come_in_pieces_of_any_size(desk: Desk, cuts: set[int]) -> None:
    upload = await desk.create(WISH)
    ends = [0, *sorted(cuts), 5000]
    pieces = [piece(upload, 1, start, stop) for start, stop in itertools.pairwise(ends)]
    written = await writer_of(desk).write(stream(*pieces))
    assert written.received == (PartRange(1, 1),)
    assert b"".join(desk.store.read(Parts(desk.store).key(upload, 1))) == DATA[PART:]


async def test_parts_come_in_any_order(desk: Desk) -> None:
    upload = await desk.create(WISH)
    pieces = [piece(upload, 1, 0, 5000), piece(upload, 0, 0, PART)]
    assert (await writer_of(desk).write(stream(*pieces))).received == (PartRange(0, 1),)


async def test_a_stream_that_breaks_off_in_a_part_keeps_the_others(desk: Desk) -> None:
    upload = await desk.create(WISH)
    pieces = [piece(upload, 1, 0, 5000), piece(upload, 0, 0, 5000)]
    with pytest.raises(ConnectionResetError):
        await writer_of(desk).write(stream(*pieces, end=ConnectionResetError()))
    assert (await desk.uploads().get(upload.resource.ref)).received == (PartRange(1, 1),)


async def test_a_part_that_breaks_off_leaves_what_was_there_before(desk: Desk) -> None:
    upload = await desk.create(WISH)
    whole = piece(upload, 1, 0, 5000)
    await writer_of(desk).write(stream(whole))
    with pytest.raises(InvalidInputError, match="ended after 100 of 5000 bytes"):
        await writer_of(desk).write(stream(piece(upload, 1, 0, 100)))
    assert b"".join(desk.store.read(Parts(desk.store).key(upload, 1))) == whole.data
