"""The events of a project, a pipeline or a job in order, none missing and none twice, from any place kept.

The tail below goes on by itself when NATS was killed. What it can't know is that the stream it goes on with
is another one, made anew: whoever watches has to read everything anew then.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from bakehouse.errors import CorruptionError, ExpiredError, UnavailableError
from bakehouse.events.shapes import EVENTS, Event, decode_event
from bakehouse.jetstream.connection import StoredMessage
from bakehouse.jetstream.tail import CaughtUp, Tail, tailing
from bakehouse.jobs.subjects import JOB_KIND
from bakehouse.logs import get_logger
from bakehouse.patience import until_available
from bakehouse.rpc.names import JOBS, PIPELINES, ResourceName
from gateway.ending import end
from gateway.event_stream import EventStream, StreamState
from gateway.jobs import Jobs
from gateway.pipelines.pipelines import Pipelines
from gateway.pipelines.record import PIPELINE_KIND
from gateway.projects import Projects
from gateway.resume import Place, ResumeTokens

_HEARTBEAT_S = 15.0
_REFRESH_BEATS = 20  # five minutes: so much less than seven days is a token good for that comes with silence
_PATIENCE_S = 5.0
_REMEDY = "read the resources anew and watch without a token"

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a watcher gets: a token for the place behind it, and an event, or None as a sign of life."""

    token: str
    event: Event | None = None


class Watches:
    """Opens watches."""

    def __init__(
        self,
        stream: EventStream,
        tokens: ResumeTokens,
        *,
        projects: Projects,
        jobs: Jobs,
        pipelines: Pipelines,
        heartbeat_s: float = _HEARTBEAT_S,
    ) -> None:
        self._stream = stream
        self._tokens = tokens
        self._projects = projects
        self._jobs = jobs
        self._pipelines = pipelines
        self._heartbeat_s = heartbeat_s

    async def watch(self, name: ResourceName, *, token: str, from_start: bool) -> AsyncGenerator[Seen, None]:
        """A sign of life at once, then events as they happen, and a sign of life after each silence.

        Args:
            name: a project, a pipeline (its jobs are watched, too), or a job.
            token: go on behind its place; empty: with what happens from now on.
            from_start: without a token, begin with the oldest event that is kept.

        Raises:
            NotFoundError: there is nothing of this name.
            InvalidInputError: the token is none.
            ExpiredError: its place is no longer kept, or the stream was lost while this watched.
            UnavailableError: NATS is away for longer than a moment.
        """
        asked = self._tokens.place(token) if token else None
        patterns = await self._patterns(name)
        place = _begin(name, await self._stream.state(), asked, from_start=from_start)
        async with self._following(place, patterns) as watch:
            yield Seen(token=self._tokens.token(place))
            async with aclosing(watch.run(self._heartbeat_s)) as seen:
                async for place, event in seen:
                    yield Seen(token=self._tokens.token(place), event=event)

    async def _patterns(self, name: ResourceName) -> Sequence[str]:
        """The subjects of what happens to `name`, which has to be there."""
        project = f"events.{name.project}"
        if name.collection == JOBS:
            await self._jobs.read(name.project, name.id)
            return [f"{project}.{JOB_KIND}.{name.id}.>"]
        if name.collection == PIPELINES:
            pipeline = await self._pipelines.read(name.project, name.id)
            jobs = [f"{project}.{JOB_KIND}.{pipeline.job_id(slot)}.>" for slot in pipeline.slots]
            return [f"{project}.{PIPELINE_KIND}.{name.id}.>", *jobs]
        await self._projects.require(name.project)
        return [f"{project}.>"]

    @asynccontextmanager
    async def _following(self, place: Place, patterns: Sequence[str]) -> AsyncIterator["_Watch"]:
        connection = self._stream.connection
        returned = asyncio.Event()
        async with AsyncExitStack() as stack:
            stack.callback(connection.on_return(returned.set))
            tail = await stack.enter_async_context(
                tailing(connection, EVENTS, patterns, start=place.sequence + 1)
            )
            watch = _Watch(self._stream, tail, place, returned, patterns)
            stack.push_async_callback(watch.close)
            yield watch


class _Watch:
    """One watch. Two things are waited for: the next message, and the return of NATS."""

    def __init__(
        self,
        stream: EventStream,
        tail: Tail,
        place: Place,
        returned: asyncio.Event,
        patterns: Sequence[str],
    ) -> None:
        self._stream = stream
        self._place = place
        self._returned = returned
        self._patterns = patterns
        self._tail = tail
        self._next: asyncio.Task[StoredMessage | CaughtUp] = self._ask()
        self._return = asyncio.create_task(returned.wait())
        self._num_beats = 0

    async def run(self, heartbeat_s: float) -> AsyncGenerator[tuple[Place, Event | None], None]:
        """The place behind each event, and the event; None for it after each silence."""
        while True:
            tasks: set[asyncio.Task[StoredMessage | CaughtUp] | asyncio.Task[bool]] = {
                self._next,
                self._return,
            }
            done, _ = await asyncio.wait(tasks, timeout=heartbeat_s, return_when=asyncio.FIRST_COMPLETED)
            if self._returned.is_set():
                await self._check_stream()
            elif not done:
                await self._refresh()
                yield self._place, None
            elif (event := self._take()) is not None:
                yield self._place, event

    async def close(self) -> None:
        """Wait for nothing any more."""
        tasks: tuple[asyncio.Task[Any], ...] = (self._next, self._return)
        await end(tasks)

    def _ask(self) -> "asyncio.Task[StoredMessage | CaughtUp]":
        # A task that outlives the waits for it: a message can't be lost by giving up a wait.
        return asyncio.create_task(_anext(self._tail))

    def _take(self) -> Event | None:
        message = self._next.result()
        self._next = self._ask()
        if isinstance(message, CaughtUp):
            return None
        self._num_beats = 0
        self._place = replace(self._place, sequence=message.sequence)
        try:
            return decode_event(message.subject, message.data)
        except CorruptionError as error:
            log.error("event_not_understood", subject=message.subject, reason=error.message)
            return None

    async def _check_stream(self) -> None:
        """NATS came back, and no event is passed on before it is known to be of the same stream."""
        self._returned.clear()
        self._return = asyncio.create_task(self._returned.wait())
        try:
            async with asyncio.timeout(_PATIENCE_S):
                state = await until_available(self._stream.state, what="event stream")
        except TimeoutError as error:
            raise UnavailableError("the event stream is away; watch again with the last token") from error
        _require_same(self._place, state)

    async def _refresh(self) -> None:
        """Keep the token of a long silence young: move its place to the end if nothing lies between."""
        self._num_beats += 1
        if self._num_beats % _REFRESH_BEATS:
            return
        try:
            state = await self._stream.state()
            is_news = await self._has_news()
        except UnavailableError:
            return
        _require_same(self._place, state)
        if not is_news:
            self._place = replace(self._place, sequence=max(self._place.sequence, state.last))

    async def _has_news(self) -> bool:
        for pattern in self._patterns:
            if await self._stream.has_after(self._place.sequence, pattern):
                return True
        return False


def _begin(name: ResourceName, state: StreamState, asked: Place | None, *, from_start: bool) -> Place:
    """Where a watch begins.

    Raises:
        ExpiredError: the place that is asked for is not kept, or never was.
    """
    if asked is None:
        before = state.first - 1 if from_start else state.last
        return Place(stream=state.made, sequence=before, name=str(name))
    if asked.name != str(name):
        raise ExpiredError(f"resume_token: was not given for {name}; {_REMEDY}")
    _require_same(asked, state)
    if not state.first - 1 <= asked.sequence <= state.last:
        raise ExpiredError(f"resume_token: the events behind it are no longer kept; {_REMEDY}")
    return asked


def _require_same(place: Place, state: StreamState) -> None:
    if state.made != place.stream:
        raise ExpiredError(f"the event stream was lost and made anew since; {_REMEDY}")


async def _anext(tail: Tail) -> StoredMessage | CaughtUp:
    return await anext(tail)
