"""Publishes what units at work tell, in its order, as events of their jobs; NATS being away delays it."""

import asyncio
from contextlib import suppress
from functools import partial

from bakehouse.errors import InvalidInputError
from bakehouse.events.shapes import Event
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.messages import WorkMessage
from bakehouse.jobs.pipe import News
from bakehouse.jobs.subjects import JOB_KIND
from bakehouse.logs import get_logger
from bakehouse.patience import until_available
from bakehouse.registry.records import now_text

_MOST_WAITING = 10_000

log = get_logger()


class Newsroom:
    """Takes news from any number of children. `run` publishes it until it is cancelled."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: asyncio.Queue[Event] = asyncio.Queue(_MOST_WAITING)

    def hear(self, work: WorkMessage, news: News) -> None:
        """Take news of a unit. Where NATS has been away for very long, news is dropped and logged."""
        event = Event(
            id=f"job/{work.job}/{news.type}/{news.id}",
            project=work.project,
            kind=JOB_KIND,
            resource=work.job,
            type=news.type,
            time=now_text(),
            data=news.data,
        )
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            log.warning("news_dropped", id=event.id)

    async def run(self) -> None:
        """Publish what comes."""
        while True:
            event = await self._waiting.get()
            try:
                await until_available(partial(self._publish, event), what="event stream")
            except InvalidInputError as error:
                log.error("news_not_published", id=event.id, reason=error.message)
            self._waiting.task_done()

    async def settle(self, *, within_s: float) -> None:
        """Wait until what came so far is published."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._waiting.join()

    async def _publish(self, event: Event) -> None:
        await self._connection.publish(event.nats_subject, event.encode(), message_id=event.id)
