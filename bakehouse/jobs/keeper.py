"""Keeps deliveries alive while they are worked on: one beat for all that a process holds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bakehouse.jetstream.pull import Delivery


class Keeper:
    """The deliveries held now. Made by `keeping`."""

    def __init__(self) -> None:
        self._held: set[Delivery] = set()

    def hold(self, delivery: Delivery) -> None:
        """Keep it alive from now on."""
        self._held.add(delivery)

    def release(self, delivery: Delivery) -> None:
        """Stop keeping it alive: it was settled, or is someone else's."""
        self._held.discard(delivery)

    async def beat(self, every_s: float) -> None:
        """Keep everything alive, for ever."""
        while True:
            await asyncio.sleep(every_s)
            for delivery in list(self._held):
                await delivery.keep_alive()


@asynccontextmanager
async def keeping(*, ack_wait_s: float) -> AsyncIterator[Keeper]:
    """A `Keeper` that beats three times within the ack wait, for the length of a `with`."""
    keeper = Keeper()
    beating = asyncio.create_task(keeper.beat(ack_wait_s / 3))
    try:
        yield keeper
    finally:
        beating.cancel()
