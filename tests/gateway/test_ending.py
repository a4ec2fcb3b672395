"""Tasks that do not want to end."""

import asyncio

from gateway.ending import end


async def stubborn(times: int) -> None:
    for _ in range(times):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue
    await asyncio.Event().wait()


async def test_a_task_that_loses_a_cancellation_ends() -> None:
    tasks = [asyncio.create_task(stubborn(n)) for n in range(3)]
    await asyncio.sleep(0)
    await end(tasks)
    assert all(task.cancelled() for task in tasks)


async def test_what_is_over_is_left_alone() -> None:
    task = asyncio.create_task(asyncio.sleep(0, "done"))
    await task
    await end([task])
    assert task.result() == "done"


async def test_there_may_be_none() -> None:
    await end([])
