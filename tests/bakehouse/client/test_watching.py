"""Watches: attached anew where they left off, nothing twice, and ended by what can't be mended."""

import asyncio
from collections.abc import AsyncIterator
from itertools import islice
from typing import Any

import pytest

from bakehouse.errors import ExpiredError, UnavailableError
from bakehouse.v1.event_pb2 import Event, Heartbeat, WatchRequest, WatchResponse
from tests.bakehouse.client.gateway_process import GatewayProcess
from tests.bakehouse.client.studio_thread import StudioThread

WATCH = "/bakehouse.v1.EventService/Watch"
NAME = "projects/p"


class Stream:
    """Events 1, 2, 3 ... behind the token. Each connection breaks after `break_after` of them."""

    def __init__(self, *, break_after: int) -> None:
        self._break_after = break_after
        self.requests: list[WatchRequest] = []

    async def __call__(self, request: WatchRequest, context: object) -> AsyncIterator[WatchResponse]:
        self.requests.append(request)
        begin = int(request.resume_token or 0)
        yield WatchResponse(resume_token=str(begin), heartbeat=Heartbeat())
        for number in range(begin + 1, begin + 1 + self._break_after):
            yield WatchResponse(resume_token=str(number), event=Event(id=str(number)))
        raise UnavailableError("the server is stopping")


async def expired(request: WatchRequest, context: object) -> AsyncIterator[WatchResponse]:
    if request.resume_token:
        raise ExpiredError("that is too long ago; read what you watch anew, then watch without a token")
    yield WatchResponse(resume_token="1", heartbeat=Heartbeat())
    await asyncio.Event().wait()


def test_a_broken_watch_goes_on_behind_the_last_event(studio: StudioThread) -> None:
    stream = Stream(break_after=2)
    studio.answer(WATCH, stream)
    studio.open()
    with studio.client() as client:
        ids = [event.id for event in islice(client.watch(NAME), 5)]
    assert ids == ["1", "2", "3", "4", "5"]
    assert [request.resume_token for request in stream.requests] == ["", "2", "4"]


def test_a_token_of_before_is_gone_on_from(studio: StudioThread) -> None:
    studio.answer(WATCH, Stream(break_after=1))
    studio.open()
    with studio.client() as client:
        (event,) = islice(client.watch(NAME, "41"), 1)
    assert (event.id, event.resume_token) == ("42", "42")


def test_an_expired_token_is_said_with_the_remedy(studio: StudioThread) -> None:
    studio.answer(WATCH, expired)
    studio.open()
    with studio.client() as client, pytest.raises(ExpiredError, match="without a token"):
        next(client.watch(NAME, "1"))


def test_a_watch_that_is_left_is_ended_at_the_studio(studio: StudioThread) -> None:
    ended: list[Any] = []

    async def beat(request: WatchRequest, context: object) -> AsyncIterator[WatchResponse]:
        try:
            yield WatchResponse(resume_token="1", event=Event(id="1"))
            await asyncio.Event().wait()
        finally:
            ended.append(request.name)

    studio.answer(WATCH, beat)
    studio.open()
    with studio.client() as client:
        next(client.watch(NAME))
        studio.stop()
    assert ended == [NAME]


def test_events_are_complete_across_a_killed_gateway(gateway: GatewayProcess) -> None:
    with gateway.client() as client:
        project = client.projects.create("watched")
        events = client.watch(project.name, from_start=True)
        jobs = [client.jobs.create("toy.bake", {"num_items": 1}, project="watched")]
        seen = [next(events).subject]
        gateway.kill()
        gateway.start()
        jobs += [client.jobs.create("toy.bake", {"num_items": 1}, project="watched") for _ in range(3)]
        seen += [event.subject for event in islice(events, 3)]
    assert seen == [job.name for job in jobs]
