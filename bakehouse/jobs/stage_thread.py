"""Threads for a stage's planning and finalising: long, blocking, and none that a process waits for to end.

The loop's own threads stay free for the store and for records, however many jobs are planned at once.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


class StageStoppedError(Exception):
    """Nobody wants what the stage makes any more."""


async def in_own_thread(call: Callable[[threading.Event], T]) -> T:
    """Run `call` in a thread of its own.

    When this is cancelled, the event that `call` has is set and the thread is left to end by itself.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[T] = loop.create_future()
    stop = threading.Event()

    def settle(result: T | None, error: BaseException | None) -> None:
        if ended.done():  # it was cancelled
            return
        if error is not None:
            ended.set_exception(error)
        else:
            ended.set_result(result)  # type: ignore[arg-type]  # a T, where there is no error

    def run() -> None:
        result, failure = None, None
        try:
            result = call(stop)
        except BaseException as error:  # noqa: BLE001 - it is raised where the call was made
            failure = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=copy_context().run, args=(run,), name="stage", daemon=True).start()
    try:
        return await ended
    finally:
        stop.set()


def until_stopped(items: Iterable[T], stop: threading.Event) -> Iterator[T]:
    """The same, until `stop` is set.

    Raises:
        StageStoppedError: it is set.
    """
    for item in items:
        if stop.is_set():
            raise StageStoppedError
        yield item
