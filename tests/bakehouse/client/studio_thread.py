"""A real server in a thread of its own, whose methods do what a test tells them, for a synchronous client."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from bakehouse.client.client import Client
from bakehouse.rpc.server import RpcServer
from tests.bakehouse.rpc.kitchen import Kitchen
from tests.ports import free_port

T = TypeVar("T")


class StudioThread:
    """`answer` what a method is to do, then `open`. The port stays the same after `stop` and `open`."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._kitchen = Kitchen(folder)
        self._server: RpcServer | None = None
        self.port = free_port()
        self.token = self._kitchen.token

    def answer(self, path: str, behaviour: Callable[..., Any]) -> None:
        """`behaviour(request, context)` of a method, by its path `/bakehouse.v1.JobService/GetJob`."""
        self._kitchen.behaviours[path] = behaviour

    def open(self) -> None:
        self._server = self._run(self._kitchen.open(listen=f"127.0.0.1:{self.port}"))

    def stop(self) -> None:
        assert self._server is not None
        self._run(self._server.stop())

    def later(self, delay_s: float, work: Callable[[], None]) -> "Future[None]":
        """Do something from another thread after a while."""

        async def wait_and_do() -> None:
            await asyncio.sleep(delay_s)
            await asyncio.to_thread(work)

        return asyncio.run_coroutine_threadsafe(wait_and_do(), self._loop)

    def client(self, *, timeout_s: float = 30.0) -> Client:
        return Client(f"127.0.0.1:{self.port}", self.token, timeout_s=timeout_s)

    def close(self) -> None:
        self._run(self._kitchen.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)
