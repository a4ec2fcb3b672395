"""Work from one durable consumer, a message at a time: ask, wait, get it or get nothing.

nats-py's own fetch loses its place when a wait is abandoned or the server restarts; here a message that
arrives after its asker has gone is kept for the next one.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import nats.errors
from nats.aio.msg import Msg

from bakehouse.errors import UnavailableError
from bakehouse.jetstream.connection import Connection
from bakehouse.jetstream.translation import translated_errors

_GRACE_S = 2.0  # how much longer than the server a pull waits for the server's word that it expired


class Delivery:
    """One delivered message. It is redelivered unless it is kept alive or settled within the ack wait."""

    def __init__(self, message: Msg, connection: Connection) -> None:
        self._message = message
        self._connection = connection
        self.subject = message.subject
        self.data = message.data
        self.num_delivered = message.metadata.num_delivered
        self.sequence = message.metadata.sequence.stream

    async def keep_alive(self) -> None:
        """Restart the ack wait. Silently without effect while NATS is away."""
        with suppress(nats.errors.Error):
            await self._message.in_progress()

    async def ack(self) -> None:
        """Take the message off the queue; returns when the server has done so.

        Raises:
            UnavailableError: it is unknown whether it is off.
        """
        await self._connection.request(self._message.reply, b"+ACK")

    async def hand_back(self, *, delay_s: float = 0.0) -> None:
        """Give the message to another consumer, after `delay_s`."""
        payload = b"-NAK " + json.dumps({"delay": int(delay_s * 1e9)}).encode() if delay_s else b"-NAK"
        with suppress(nats.errors.Error):
            await self._connection.client.publish(self._message.reply, payload)


class Pull:
    """Asks one durable consumer for messages. Made by `pulling`."""

    def __init__(self, connection: Connection, stream: str, durable: str) -> None:
        self._connection = connection
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = connection.client.new_inbox()
        self._waiting: dict[str, asyncio.Future[Delivery | None]] = {}
        self._kept: deque[Delivery] = deque()
        self._asked = 0

    async def take(self, *, wait_s: float) -> Delivery | None:
        """The next message, or None when none came in `wait_s` or the server was away and came back.

        `wait_s` of 0 asks for what is there now. Cancelling it loses no message: the next `take` gets it.

        Raises:
            UnavailableError: the consumer is missing or has moved, or NATS is away.
        """
        if self._kept:
            return self._kept.popleft()
        self._asked += 1
        reply = f"{self._inbox}.{self._asked}"
        future: asyncio.Future[Delivery | None] = asyncio.get_running_loop().create_future()
        self._waiting[reply] = future
        delivery = None
        request: dict[str, object] = {"batch": 1, "expires": int(wait_s * 1e9)}
        if wait_s == 0:
            request = {"batch": 1, "no_wait": True}
        try:
            with translated_errors():
                await self._connection.client.publish(
                    self._subject, json.dumps(request).encode(), reply=reply
                )
            async with asyncio.timeout(wait_s + _GRACE_S):
                delivery = await future
        except TimeoutError:
            pass
        finally:
            del self._waiting[reply]
            if delivery is None and future.done() and not future.cancelled() and not future.exception():
                self._keep(future.result())  # it came in the moment in which the wait ended
        return delivery

    def hand_out(self) -> list[Delivery]:
        """The messages that came after their asker had gone; they are the caller's now."""
        kept, self._kept = list(self._kept), deque()
        return kept

    def _keep(self, delivery: Delivery | None) -> None:
        if delivery is not None:
            self._kept.append(delivery)

    async def _on_message(self, message: Msg) -> None:
        if not message.reply:
            future = self._waiting.get(message.subject)
            if future is not None and not future.done():
                _settle(future, message)
            return
        # A message bears its own subject, not the inbox it came by: it is for whoever asked first.
        delivery = Delivery(message, self._connection)
        for future in self._waiting.values():
            if not future.done():
                future.set_result(delivery)
                return
        self._keep(delivery)

    def _on_return(self) -> None:
        """After a reconnection the server knows none of the standing requests: let each be asked anew."""
        for future in self._waiting.values():
            if not future.done():
                future.set_result(None)


def _settle(future: "asyncio.Future[Delivery | None]", message: Msg) -> None:
    """End a wait with the status that the server gave in place of a message."""
    headers = message.headers or {}
    if headers.get("Status") in {"404", "408"}:  # nothing there; the request expired
        future.set_result(None)
    else:
        reason = headers.get("Description", headers.get("Status", "no reason"))
        future.set_exception(UnavailableError(f"the consumer gives nothing: {reason}"))


@asynccontextmanager
async def pulling(connection: Connection, *, stream: str, durable: str) -> AsyncIterator[Pull]:
    """A `Pull` for the length of a `with`; what it still holds at the end is handed back."""
    pull = Pull(connection, stream, durable)
    with translated_errors():
        subscription = await connection.client.subscribe(f"{pull._inbox}.*", cb=pull._on_message)  # noqa: SLF001
    forget = connection.on_return(pull._on_return)  # noqa: SLF001
    try:
        yield pull
    finally:
        forget()
        for delivery in pull.hand_out():
            await delivery.hand_back()
        with suppress(nats.errors.Error):
            await subscription.unsubscribe()
