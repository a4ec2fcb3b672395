import asyncio
import threading
import time

import pytest

from bakehouse.jobs.stage_thread import StageStoppedError, in_own_thread, until_stopped


async def test_what_a_thread_gives_comes_back() -> None:
    assert await in_own_thread(lambda _stop: threading.current_thread().name) == "stage"
    with pytest.raises(ValueError, match="no"):
        await in_own_thread(lambda _stop: int("no"))


async def test_who_is_cancelled_does_not_wait_and_the_thread_is_told() -> None:
    told = threading.Event()

    def wait(stop: threading.Event) -> None:
        stop.wait(10)
        told.set()

    task = asyncio.create_task(in_own_thread(wait))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 5
    assert await asyncio.to_thread(told.wait, 5)


async def test_threads_are_not_counted() -> None:
    together = threading.Barrier(40)
    await asyncio.gather(*(in_own_thread(lambda _stop: together.wait(20)) for _ in range(40)))


def test_items_end_when_nobody_wants_them() -> None:
    stop = threading.Event()
    items = until_stopped(range(5), stop)
    assert next(items) == 0
    stop.set()
    with pytest.raises(StageStoppedError):
        next(items)
