"""From the event loop into the store."""

import asyncio
import threading
from collections.abc import Iterable, Iterator

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.errors import InvalidInputError, UnavailableError
from gateway.uploads.intake import Intake


async def test_what_is_sent_is_there_when_the_with_ends(store: DirectoryStore) -> None:
    await send(Intake(store, most=1), [b"ab", b"cd", b"ef"])
    assert b"".join(store.read("p/x")) == b"abcdef"


async def test_many_pieces_wait_for_the_store(store: DirectoryStore) -> None:
    await send(Intake(store, most=1), [b"x"] * 1000, size_bytes=1000)
    assert store.stat("p/x") is not None


async def send(intake: Intake, pieces: Iterable[bytes], *, key: str = "p/x", size_bytes: int = 6) -> None:
    async with intake.storing(key, size_bytes=size_bytes) as feed:
        for piece in pieces:
            await feed.send(piece)
            await asyncio.sleep(0)


def broken_off() -> Iterator[bytes]:
    yield b"abc"
    raise KeyError


async def test_nothing_is_stored_when_the_sender_gives_up(store: DirectoryStore) -> None:
    intake = Intake(store, most=1)
    with pytest.raises(KeyError):
        await send(intake, broken_off())
    await intake.run(lambda: None)  # in the one thread: the write is over
    assert list(store.list("")) == []


async def test_nothing_is_stored_when_the_sender_is_cancelled(store: DirectoryStore) -> None:
    intake, begun = Intake(store, most=1), asyncio.Event()

    async def send_for_ever() -> None:
        async with intake.storing("p/x", size_bytes=6) as feed:
            await feed.send(b"abc")
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(send_for_ever())
    await begun.wait()
    task.cancel()
    await asyncio.wait({task})
    await intake.run(lambda: None)
    assert list(store.list("")) == []


async def test_the_stores_error_comes_out_however_much_is_still_sent(store: DirectoryStore) -> None:
    intake = Intake(store, most=1)
    with pytest.raises(InvalidInputError, match="2 bytes were announced"):
        await send(intake, [b"abc"] * 100, size_bytes=2)


async def test_a_store_that_fails_at_once_is_heard(store: DirectoryStore) -> None:
    intake = Intake(store, most=1)
    with pytest.raises(InvalidInputError, match="no store key"):
        await send(intake, [b"ab"], key="../x", size_bytes=2)


async def test_so_many_are_written_at_a_time(store: DirectoryStore) -> None:
    intake, go, most, running = Intake(store, most=2), threading.Event(), 0, 0

    def work() -> None:
        nonlocal most, running
        running += 1
        most = max(most, running)
        go.wait(5)
        running -= 1

    tasks = [asyncio.create_task(intake.run(work)) for _ in range(6)]
    await asyncio.sleep(0.1)
    go.set()
    await asyncio.gather(*tasks)
    assert most == 2


async def test_it_takes_nothing_once_it_is_closed(store: DirectoryStore) -> None:
    intake = Intake(store, most=1)
    intake.close()
    with pytest.raises(UnavailableError, match="stopping"):
        await intake.run(lambda: None)
