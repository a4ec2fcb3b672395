"""Waiting for a dependency that is down: the same call again until it is up."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bakehouse.backoff import delays
from bakehouse.errors import CapacityError, UnavailableError
from bakehouse.logs import get_logger

T = TypeVar("T")

log = get_logger()


async def _tell_nobody(_: str) -> None:
    pass


async def until_available(
    call: Callable[[], Awaitable[T]], *, what: str, tell: Callable[[str], Awaitable[None]] = _tell_nobody
) -> T:
    """Await `call()` again and again while it raises that something is away or full.

    `call` must be safe to repeat. It is given up only by cancelling it, or by another error. Before each wait
    `tell` gets the reason.
    """
    waits = delays(random.Random())
    while True:
        try:
            return await call()
        except (UnavailableError, CapacityError) as error:
            wait_s = next(waits)
            log.warning("waiting_for_dependency", what=what, reason=error.message, wait_s=round(wait_s, 2))
            await tell(error.message)
            await asyncio.sleep(wait_s)
