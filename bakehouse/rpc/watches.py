"""Calls that nothing ends but their client, or a server that stops: then they go elsewhere at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bakehouse.errors import UnavailableError
from bakehouse.rpc.call import Call


class WatchGuard:
    """Knows the open `Watch` calls, and ends them with UNAVAILABLE; their clients resume by token."""

    def __init__(self) -> None:
        self._open: set[asyncio.Task[object]] = set()
        self._stopping = asyncio.Event()

    @asynccontextmanager
    async def __call__(self, call: Call) -> AsyncIterator[None]:
        """Around one call.

        Raises:
            UnavailableError: the server is stopping.
        """
        task = asyncio.current_task()
        if task is None or not call.method.rpartition("/")[2].startswith("Watch"):
            yield
            return
        if self._stopping.is_set():
            raise _stopping()
        self._open.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if not self._stopping.is_set() or task.uncancel():  # the client has cancelled it, too
                raise
            raise _stopping() from None
        finally:
            self._open.discard(task)

    @property
    def num_open(self) -> int:
        """How many are open."""
        return len(self._open)

    def end_all(self) -> None:
        """End those that are open."""
        self._stopping.set()
        for task in self._open:
            task.cancel()


def _stopping() -> UnavailableError:
    return UnavailableError("the server is stopping; watch again, with the last resume token")
