"""From a thread's iterator to the loop."""

from collections.abc import Iterator

import pytest

from bakehouse.errors import UnavailableError
from gateway.blobs import from_thread


async def test_chunks_come_one_by_one_when_they_are_asked_for() -> None:
    taken = []

    def chunks() -> Iterator[bytes]:
        for n in range(5):
            taken.append(n)
            yield bytes([n])

    async for chunk in from_thread(chunks()):
        assert taken[-1] == chunk[0]
        if chunk[0] == 2:
            break
    assert taken == [0, 1, 2]


async def test_what_fails_there_fails_here() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x"
        raise UnavailableError("the store is away")

    with pytest.raises(UnavailableError):
        _ = [chunk async for chunk in from_thread(chunks())]
