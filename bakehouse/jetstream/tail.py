"""Follow a stream: its messages in order, from a place on, without end, across restarts of NATS.

An ephemeral pull consumer without acks is made, and made anew at the next sequence whenever a gap, a
silence or a reconnection says that the old one can't be trusted. nats-py's ordered consumer gives up when
making its successor fails once, which is what happens while a server restarts.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal, Self

import nats.errors
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from bakehouse.errors import BakehouseError
from bakehouse.jetstream.connection import Connection, StoredMessage, stored_message
from bakehouse.jetstream.translation import translated_errors
from bakehouse.logs import get_logger

_BATCH = 256
_EXPIRES_S = 60.0
_HEARTBEAT_S = 10.0
_SILENCE_S = 2.5 * _HEARTBEAT_S
_RETRY_S = 0.5

Start = int | Literal["first", "new", "last_per_subject"]

log = get_logger()


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Said once: all that was stored when the tail began has been yielded."""


class _LostPlaceError(Exception):
    """The consumer is gone or skipped something; make another."""


class _Consumer:
    """One ephemeral consumer: good until it skips a message, falls silent or the connection breaks."""

    def __init__(self, name: str, inbox: str, subscription: Subscription) -> None:
        self.name = name
        self.inbox = inbox
        self.subscription = subscription
        self.expected = 1
        self.due = 0


class Tail:
    """Messages of `stream` that match a pattern. An async iterator that never ends; made by `tailing`."""

    def __init__(
        self,
        connection: Connection,
        stream: str,
        patterns: Sequence[str],
        *,
        start: Start,
        headers_only: bool,
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._patterns = patterns
        self._start = start
        self._headers_only = headers_only
        self._arrived: asyncio.Queue[Msg | None] = asyncio.Queue()
        self._consumer: _Consumer | None = None
        self._at_end = False
        self._said = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StoredMessage | CaughtUp:
        while True:
            try:
                consumer = self._consumer or await self._create()
                if self._at_end and not self._said:
                    self._said = True
                    return CaughtUp()
                message = await self._receive(consumer)
            except (_LostPlaceError, BakehouseError) as error:
                log.debug("tail_lost_place", stream=self._stream, reason=str(error))
                await self.drop()
                await asyncio.sleep(_RETRY_S)
                continue
            if message is not None:
                self._start = message.sequence + 1
                return message

    def restart(self) -> None:
        """After a reconnection: the consumer may be gone."""
        self._arrived.put_nowait(None)

    async def drop(self) -> None:
        """Forget the consumer here and on the server."""
        consumer, self._consumer = self._consumer, None
        if consumer is None:
            return
        with suppress(nats.errors.Error):
            await consumer.subscription.unsubscribe()
            delete = f"$JS.API.CONSUMER.DELETE.{self._stream}.{consumer.name}"
            await self._connection.client.publish(delete, b"")

    async def _create(self) -> _Consumer:
        if self._start == "new":
            state = (await self._connection.api(f"STREAM.INFO.{self._stream}"))["state"]
            self._start = state["last_seq"] + 1
        self._arrived = asyncio.Queue()
        inbox = self._connection.client.new_inbox()
        with translated_errors():
            subscription = await self._connection.client.subscribe(inbox, cb=self._on_message)
        try:
            created = await self._connection.api(f"CONSUMER.CREATE.{self._stream}", self._request())
        except BaseException:
            with suppress(nats.errors.Error):
                await subscription.unsubscribe()
            raise
        self._consumer = _Consumer(created["name"], inbox, subscription)
        self._at_end = self._at_end or created["num_pending"] == 0
        return self._consumer

    async def _receive(self, consumer: _Consumer) -> StoredMessage | None:
        """The next message; None for a status that asks for nothing but another try."""
        if consumer.due < _BATCH // 2:
            await self._ask(consumer)
        try:
            async with asyncio.timeout(_SILENCE_S):
                message = await self._arrived.get()
        except TimeoutError as error:
            raise _LostPlaceError("silence") from error
        if message is None:
            raise _LostPlaceError("reconnected")
        if not message.reply:
            self._heed_status(consumer, (message.headers or {}).get("Status", ""))
            return None
        metadata = message.metadata
        if metadata.sequence.consumer != consumer.expected:
            raise _LostPlaceError(f"message {metadata.sequence.consumer}, not {consumer.expected}")
        consumer.expected += 1
        consumer.due -= 1
        self._at_end = self._at_end or metadata.num_pending == 0
        return stored_message(message)

    def _heed_status(self, consumer: _Consumer, status: str) -> None:
        if status == "100":  # heartbeat
            return
        if status not in {"404", "408"}:  # all but "nothing there" and "your request expired"
            raise _LostPlaceError(f"status {status}")
        consumer.due = 0

    async def _ask(self, consumer: _Consumer) -> None:
        request = {
            "batch": _BATCH - consumer.due,
            "expires": int(_EXPIRES_S * 1e9),
            "idle_heartbeat": int(_HEARTBEAT_S * 1e9),
        }
        consumer.due = _BATCH
        ask = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{consumer.name}"
        with translated_errors():
            await self._connection.client.publish(ask, json.dumps(request).encode(), reply=consumer.inbox)

    async def _on_message(self, message: Msg) -> None:
        self._arrived.put_nowait(message)

    def _request(self) -> dict[str, object]:
        config: dict[str, object] = {
            "ack_policy": "none",
            "filter_subjects": list(self._patterns),
            "inactive_threshold": int(2 * _EXPIRES_S * 1e9),
            "max_deliver": 1,
            "mem_storage": True,
            "num_replicas": 1,
            "headers_only": self._headers_only,
        }
        if isinstance(self._start, int):
            config |= {"deliver_policy": "by_start_sequence", "opt_start_seq": max(1, self._start)}
        elif self._start == "last_per_subject":
            config["deliver_policy"] = "last_per_subject"
        else:
            config["deliver_policy"] = "all"
        return {"stream_name": self._stream, "config": config}


@asynccontextmanager
async def tailing(
    connection: Connection,
    stream: str,
    pattern: str | Sequence[str],
    *,
    start: Start,
    headers_only: bool = False,
) -> AsyncIterator[Tail]:
    """A `Tail` for the length of a `with`.

    Args:
        connection: where the stream is.
        stream: its name. A stream that is missing or a server that is away is waited for.
        pattern: the subjects, wild cards allowed; or several such, of which no two share a subject.
        start: a stream sequence; `first`; `new`, what is stored after the first contact; or
            `last_per_subject`, the newest of each subject, then what follows: a bucket and its changes.
        headers_only: leave the data out.
    """
    patterns = [pattern] if isinstance(pattern, str) else pattern
    tail = Tail(connection, stream, patterns, start=start, headers_only=headers_only)
    forget = connection.on_return(tail.restart)
    try:
        yield tail
    finally:
        forget()
        await tail.drop()


async def current(connection: Connection, stream: str, pattern: str) -> list[StoredMessage]:
    """The newest message of each subject that matches, as of now: a bucket's content."""
    messages: list[StoredMessage] = []
    async with tailing(connection, stream, pattern, start="last_per_subject") as tail:
        async for message in tail:
            if isinstance(message, CaughtUp):
                break
            messages.append(message)
    return messages
