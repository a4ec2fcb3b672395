"""Watching over gRPC."""

import asyncio
import queue
import threading

import grpc
import pytest

from bakehouse.errors import BakehouseError, InvalidInputError, NotFoundError, UnavailableError
from bakehouse.rpc.status import error_of
from bakehouse.v1.event_pb2 import WatchRequest, WatchResponse
from bakehouse.v1.job_pb2 import CancelJobRequest, CreateJobRequest, Job
from tests.gateway.bakery import Bakery, call


class Watcher:
    """A watch in a thread of its own. `ended` is how it ended."""

    def __init__(self, shop: Bakery, **request: object) -> None:
        self._stream = shop.client.events.Watch(WatchRequest(**request))  # type: ignore[arg-type]
        self._seen: queue.Queue[WatchResponse | None] = queue.Queue()
        self.ended: BakehouseError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            for message in self._stream:
                self._seen.put(message)
        except grpc.RpcError as failure:
            self.ended = error_of(failure)
        self._seen.put(None)

    async def next(self) -> WatchResponse | None:
        return await asyncio.to_thread(self._seen.get, timeout=20)

    async def states(self, count: int) -> list[str]:
        messages = [await self.next() for _ in range(count)]
        return [message.event.data["state"] for message in messages if message]  # type: ignore[misc]

    async def end(self) -> None:
        self._stream.cancel()
        await asyncio.to_thread(self._thread.join, 20)


async def a_job(shop: Bakery) -> Job:
    parent = f"projects/{await shop.new_project()}"
    return await call(shop.client.jobs.CreateJob, CreateJobRequest(parent=parent, job=Job(kind="toy.bake")))


async def cancel(shop: Bakery, job: Job) -> None:
    await call(shop.client.jobs.CancelJob, CancelJobRequest(name=job.name))


async def test_what_happens_to_a_job_is_told(shop: Bakery) -> None:
    job = await a_job(shop)
    watcher = Watcher(shop, name=job.name, from_start=True)
    first = await watcher.next()
    assert first is not None
    assert first.WhichOneof("payload") == "heartbeat"
    await cancel(shop, job)
    assert await watcher.states(2) == ["QUEUED", "CANCELLED"]
    await watcher.end()


async def test_a_client_that_left_goes_on_by_its_token(shop: Bakery) -> None:
    job = await a_job(shop)
    watcher = Watcher(shop, name=job.name)
    first = await watcher.next()
    assert first is not None
    await watcher.end()
    await cancel(shop, job)
    again = Watcher(shop, name=job.name, resume_token=first.resume_token)
    await again.next()
    assert await again.states(1) == ["CANCELLED"]
    await again.end()


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"name": "projects/nowhere"}, NotFoundError),
        ({"name": "projects/p/jobs/none"}, NotFoundError),
        ({"name": "projects/p/uploads/u"}, InvalidInputError),
        ({"name": "projects/>"}, InvalidInputError),
        ({"name": "projects/*/jobs/j"}, InvalidInputError),
        ({"name": "projects/p", "resume_token": "x"}, InvalidInputError),
    ],
)
async def test_a_watch_that_can_not_be_is_refused(
    shop: Bakery, request_: dict[str, object], error: type[BakehouseError]
) -> None:
    watcher = Watcher(shop, **request_)
    assert await watcher.next() is None
    assert type(watcher.ended) is error


async def test_a_server_that_stops_sends_its_watchers_elsewhere(shop: Bakery) -> None:
    watcher = Watcher(shop, name=(await a_job(shop)).name)
    await watcher.next()
    await shop.gateway.rpc.stop()
    assert await watcher.next() is None
    assert type(watcher.ended) is UnavailableError
