"""Watches end when the server stops, so that their clients go elsewhere."""

import asyncio
from collections.abc import AsyncIterator

from bakehouse.errors import UnavailableError
from bakehouse.v1.event_pb2 import WatchRequest, WatchResponse
from tests.bakehouse.rpc.kitchen import WATCH, Context, Kitchen, bearer, error_from

REQUEST = WatchRequest(name="projects/p")


async def test_an_open_watch_is_told_to_come_back(kitchen: Kitchen) -> None:
    server = await kitchen.open(stop_grace_s=60)
    call = kitchen.watcher(server).Watch(REQUEST, metadata=bearer(kitchen.token))
    await call.read()
    stopping = asyncio.create_task(server.stop())
    assert type(await error_from(call.read())) is UnavailableError
    await stopping


async def test_a_watch_that_is_busy_writing_is_told_so_too(kitchen: Kitchen) -> None:
    async def flood(request: WatchRequest, context: Context) -> AsyncIterator[WatchResponse]:
        while True:
            yield WatchResponse(resume_token="x" * 100_000)

    begun = asyncio.Event()

    async def read_all() -> None:
        async for _ in call:
            begun.set()

    kitchen.behaviours[WATCH] = flood
    server = await kitchen.open(stop_grace_s=60)
    call = kitchen.watcher(server).Watch(REQUEST, metadata=bearer(kitchen.token))
    reading = asyncio.create_task(error_from(read_all()))
    await begun.wait()
    await server.stop()
    assert type(await reading) is UnavailableError


async def test_a_watch_that_nobody_reads_does_not_hold_the_stop_up(kitchen: Kitchen) -> None:
    async def flood(request: WatchRequest, context: Context) -> AsyncIterator[WatchResponse]:
        while True:
            yield WatchResponse(resume_token="x" * 100_000)

    kitchen.behaviours[WATCH] = flood
    server = await kitchen.open(stop_grace_s=1)
    call = kitchen.watcher(server).Watch(REQUEST, metadata=bearer(kitchen.token))
    await call.read()
    await asyncio.wait_for(server.stop(), 30)
