"""One connection to NATS that never gives up, with every library error turned into ours.

It publishes, asks the JetStream API and says when it came back; consuming is in `pull.py` and `tail.py`.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import errors as js_errors

from bakehouse.errors import (
    InvalidInputError,
    UnavailableError,
)
from bakehouse.jetstream.translation import translated_errors
from bakehouse.logs import get_logger

API_TIMEOUT_S = (
    10.0  # with `sync_interval: always` a busy disk can take seconds (nats-py's default is 1 to 5)
)
MAX_BATCH = 1000

_DUPLICATE_IN_BATCH = 10201

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message as a stream holds it. `sequence` is its place in the stream."""

    subject: str
    data: bytes
    sequence: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to publish. Within two minutes JetStream stores a `message_id` once."""

    subject: str
    data: bytes
    message_id: str = ""


class Connection:
    """A NATS connection. Every method raises `UnavailableError` when NATS or the stream does not answer."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._returned: set[Callable[[], None]] = set()
        self._asking: set[asyncio.Future[Msg]] = set()

    def on_return(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each reconnection; the answer takes it off again."""
        self._returned.add(callback)
        return lambda: self._returned.discard(callback)

    async def publish(
        self,
        subject: str,
        data: bytes,
        *,
        message_id: str = "",
        after_sequence: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """Store a message and return its sequence, once JetStream has it on disk.

        Args:
            subject: where to.
            data: what.
            message_id: within two minutes stored once, however often it is published.
            after_sequence: the sequence that the subject's last message must have; 0: there is none.
            headers: more of them.

        Raises:
            StaleError: the subject's last message is another one.
            CapacityError: the stream is full.
        """
        all_headers = dict(headers or {})
        if message_id:
            all_headers["Nats-Msg-Id"] = message_id
        if after_sequence is not None:
            all_headers["Nats-Expected-Last-Subject-Sequence"] = str(after_sequence)
        reply = await self.request(subject, data, headers=all_headers)
        return int(_content(reply)["seq"])

    async def publish_batch(self, messages: Sequence[Outgoing]) -> None:
        """Store all of the messages (at most 1000, of one stream) or none. Again with the same ids: once."""
        if len(messages) == 1:
            only = messages[0]
            await self.publish(only.subject, only.data, message_id=only.message_id)
            return
        if len(messages) > MAX_BATCH:
            raise InvalidInputError(f"{len(messages)} messages in a batch, at most {MAX_BATCH}")
        batch = token_hex(12)
        with translated_errors():
            for number, message in enumerate(messages[:-1], start=1):
                headers = _batch_headers(batch, number, message)
                await self.client.publish(message.subject, message.data, headers=headers)
            last = messages[-1]
            headers = _batch_headers(batch, len(messages), last) | {"Nats-Batch-Commit": "1"}
            reply = await self.client.request(last.subject, last.data, timeout=API_TIMEOUT_S, headers=headers)
            error = json.loads(reply.data).get("error")
            if (
                error and error["err_code"] != _DUPLICATE_IN_BATCH
            ):  # a batch stored before whose answer was lost
                raise js_errors.APIError.from_error(error)

    async def api(self, subject: str, request: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Ask the JetStream API (`STREAM.INFO.X` and the like) and return its answer."""
        payload = json.dumps(request).encode() if request else b""
        return _content(await self.request(f"$JS.API.{subject}", payload))

    async def last_message(self, stream: str, subject: str) -> StoredMessage | None:
        """The newest message of `subject`, None where there is none."""
        reply = await self.request(f"$JS.API.DIRECT.GET.{stream}.{subject}", b"")
        headers = dict(reply.headers or {})
        status = headers.get("Status")
        if status == "404":
            return None
        if status is not None:
            raise UnavailableError(f"stream {stream}: {headers.get('Description', status)}")
        return StoredMessage(
            subject=headers["Nats-Subject"],
            data=reply.data,
            sequence=int(headers["Nats-Sequence"]),
            headers=headers,
        )

    async def subjects(self, stream: str, pattern: str) -> dict[str, int]:
        """The subjects that `stream` holds messages of now, with how many of each."""
        found: dict[str, int] = {}
        while True:
            request = {"subjects_filter": pattern, "offset": len(found)}
            answer = await self.api(f"STREAM.INFO.{stream}", request)
            page = answer["state"].get("subjects") or {}
            found |= page
            if not page or len(found) >= answer.get("total", 0):
                return found

    async def purge(self, stream: str, subject: str) -> None:
        """Remove the messages of a subject (wild cards allowed) from a stream."""
        await self.api(f"STREAM.PURGE.{stream}", {"filter": subject})

    async def request(self, subject: str, data: bytes, *, headers: Mapping[str, str] | None = None) -> Msg:
        """Send `data` and return the answer. A request that was under way when the connection broke fails.

        Failing at once is why this is not nats-py's own: there such a request waits out its whole timeout.
        """
        with translated_errors():
            asking = asyncio.ensure_future(
                self.client.request(
                    subject, data, timeout=API_TIMEOUT_S, headers=dict(headers) if headers else None
                )
            )
            self._asking.add(asking)
            num_cancels = _num_cancels()
            try:
                reply = await asking
            except asyncio.CancelledError:
                if asking.cancelled() and _num_cancels() == num_cancels:
                    raise UnavailableError(
                        "the connection to NATS broke; it is unknown what it did"
                    ) from None
                raise
            finally:
                self._asking.discard(asking)
            if _num_cancels() > num_cancels:  # before 3.12 `wait_for` loses one that comes with the reply
                raise asyncio.CancelledError
            return reply

    async def close(self) -> None:
        """Send what is buffered and close."""
        with suppress(TimeoutError, nats.errors.Error, OSError):
            async with asyncio.timeout(2):
                await self.client.flush()
        await self.client.close()

    def fail_requests(self) -> None:
        """The connection broke: end every request that was under way."""
        for asking in self._asking:
            asking.cancel()

    def tell_return(self) -> None:
        """The connection is back: call whoever asked for it."""
        for callback in list(self._returned):
            callback()


def _content(reply: Msg) -> dict[str, Any]:
    """The JSON of a JetStream answer; an error in it is raised."""
    answer: dict[str, Any] = json.loads(reply.data)
    if "error" in answer:
        _raise(answer["error"])
    return answer


def _raise(error: dict[str, Any]) -> None:
    with translated_errors():
        js_errors.APIError.from_error(error)


def _num_cancels() -> int:
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


def _batch_headers(batch: str, number: int, message: Outgoing) -> dict[str, str]:
    headers = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
    if message.message_id:
        headers["Nats-Msg-Id"] = message.message_id
    return headers


def stored_message(message: Msg) -> StoredMessage:
    """A delivered message with its place in the stream."""
    return StoredMessage(
        subject=message.subject,
        data=message.data,
        sequence=message.metadata.sequence.stream,
        headers=message.headers or {},
    )
