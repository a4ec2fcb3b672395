"""Ends tasks for good."""

import asyncio
from collections.abc import Iterable
from typing import Any

_AGAIN_S = 0.2


async def end(tasks: "Iterable[asyncio.Task[Any]]") -> None:
    """Cancel the tasks until each is over.

    Once is not always enough: before Python 3.12 `asyncio.wait_for`, which nats-py uses, loses a cancellation
    that comes in the moment in which it has what it waited for.
    """
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_AGAIN_S)
