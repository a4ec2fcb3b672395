"""Bytes from the event loop into the store, whose drivers are synchronous: a thread for each object, bounded.

A part that is being written holds its thread for as long as its sender takes, so these threads are not the
ones that everything else shares.
"""

import asyncio
import queue
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from bakehouse.blobs.port import ObjectStore
from bakehouse.errors import CapacityError, UnavailableError

_WAITING_PIECES = 4
_WAIT_FOR_ROOM_S = 10.0

T = TypeVar("T")


class _AbandonedError(Exception):
    """The sender gave up; no object is to be made."""


class _OverError(Exception):
    """The store gave up; its own error says why."""


class Feed:
    """The way of one object's bytes. Made by `Intake.storing`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pieces: queue.SimpleQueue[bytes | _AbandonedError | None] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(_WAITING_PIECES)
        self._is_over = False

    async def send(self, piece: bytes) -> None:
        """Add bytes; waits while the store is behind. Ends the `with` where the store gave up."""
        if not self._is_over:
            await self._room.acquire()
        if self._is_over:
            raise _OverError
        self._pieces.put(piece)

    def end(self) -> None:
        """Say that all bytes were sent."""
        self._pieces.put(None)

    def abandon(self) -> None:
        """Say that no more will come, and that nothing is to be stored."""
        self._pieces.put(_AbandonedError())

    def chunks(self) -> Iterator[bytes]:
        """The bytes, for the store's thread."""
        while (piece := self._pieces.get()) is not None:
            if isinstance(piece, _AbandonedError):
                raise piece
            self._loop.call_soon_threadsafe(self._room.release)
            yield piece

    def over(self) -> None:
        """The store is done, or gave up: nobody takes pieces any more."""
        self._is_over = True
        self._room.release()


class Intake:
    """Writes objects, `most` at a time."""

    def __init__(self, store: ObjectStore, *, most: int) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="intake")
        self._room = asyncio.Semaphore(most)

    @asynccontextmanager
    async def storing(self, key: str, *, size_bytes: int) -> AsyncIterator[Feed]:
        """A feed for the bytes of `key`; the object is there, all of it, when the `with` ends without error.

        Raises:
            CapacityError: too many are being written.
            Whatever the store raises.
        """
        feed = Feed()
        writing = await self._begin(partial(self._store.put, key, feed.chunks(), size_bytes=size_bytes))
        writing.add_done_callback(lambda _: feed.over())
        try:
            yield feed
            feed.end()
        except _OverError:
            pass
        except BaseException:
            feed.abandon()
            writing.add_done_callback(_forget)
            raise
        await asyncio.shield(writing)

    async def run(self, call: Callable[[], T]) -> T:
        """What `call` returns, in one of the threads. Cancelling this does not stop it.

        Raises:
            CapacityError: too many objects are being written.
        """
        return await asyncio.shield(await self._begin(call))

    def close(self) -> None:
        """Take nothing more. Threads that are at work are left to the end of the process."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _begin(self, call: Callable[[], T]) -> "asyncio.Future[T]":
        try:
            async with asyncio.timeout(_WAIT_FOR_ROOM_S):
                await self._room.acquire()
        except TimeoutError as error:
            raise CapacityError(
                "the server writes as many parts at a time as it may; send again in a moment",
                retry_after_s=_WAIT_FOR_ROOM_S,
            ) from error
        try:
            future = asyncio.get_running_loop().run_in_executor(self._pool, call)
        except RuntimeError as error:
            self._room.release()
            raise UnavailableError("the server is stopping; send again") from error
        future.add_done_callback(lambda _: self._room.release())
        return future


def _forget(future: "asyncio.Future[None]") -> None:
    """Take the exception of a write that nobody waits for."""
    if not future.cancelled():
        future.exception()
