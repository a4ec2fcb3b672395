"""One connection to NATS that never gives up, with every library error turned into ours.

It publishes, asks the JetStream API and says when it came back; consuming is in `pull.py` and `tail.py`.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import errors as js_errors

from bakehouse.errors import (
    BakehouseError,
    CapacityError,
    InvalidInputError,
    NotFoundError,
    StaleError,
    UnavailableError,
)
from bakehouse.logs import get_logger
from bakehouse.settings import ProcessSettings

API_TIMEOUT_S = (
    10.0  # with `sync_interval: always` a busy disk can take seconds (nats-py's default is 1 to 5)
)
MAX_BATCH = 1000

_WRONG_LAST_SEQUENCE = {10071, 10164}
_STREAM_FULL = {10023, 10047, 10077, 10122}
_DUPLICATE_IN_BATCH = 10201
_NO_STREAM = {10059, 10014}

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
            try:
                return await asking
            except asyncio.CancelledError:
                if asking.cancelled() and not _is_cancelled():
                    raise UnavailableError(
                        "the connection to NATS broke; it is unknown what it did"
                    ) from None
                raise
            finally:
                self._asking.discard(asking)

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


@asynccontextmanager
async def connected(
    settings: ProcessSettings, *, name: str, patience_s: float | None = None
) -> AsyncIterator[Connection]:
    """A connection for the length of a `with`; it reconnects for ever.

    Raises:
        UnavailableError: nobody answered within `nats_patience_s`; the message names the setting.
    """
    connection = Connection(Client())
    await _connect(connection, settings, name=name)
    del patience_s
    try:
        yield connection
    finally:
        await connection.close()


class _Ear:
    """What nats-py tells of a connection: until it stands, why not; then when it breaks and comes back."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.stands = False
        self.refusal = ""

    async def on_error(self, error: Exception) -> None:
        self.refusal = str(error) or type(error).__name__
        if self.stands:
            log.warning("nats_error", error=type(error).__name__, detail=str(error))

    async def on_loss(self) -> None:
        if self.stands:
            log.warning("nats_disconnected")
            self._connection.fail_requests()

    async def on_return(self) -> None:
        log.info("nats_reconnected")
        self._connection.tell_return()


async def _connect(connection: Connection, settings: ProcessSettings, *, name: str) -> None:
    ear = _Ear(connection)
    options: dict[str, Any] = {
        "servers": settings.nats_url.split(","),
        "name": name,
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.25,
        "connect_timeout": 2,
        "ping_interval": 10,
        "max_outstanding_pings": 2,
        "reconnected_cb": ear.on_return,
        "disconnected_cb": ear.on_loss,
        "error_cb": ear.on_error,
    }
    if token := settings.nats_token.get_secret_value():
        options["token"] = token
    if context := _tls_context(settings):
        options["tls"] = context
    try:
        async with asyncio.timeout(settings.nats_patience_s):
            await connection.client.connect(**options)
    except (TimeoutError, OSError, nats.errors.Error) as error:
        with suppress(Exception):  # a client that never connected may fail to close; there is nothing to keep
            await connection.client.close()
        raise UnavailableError(
            f"NATS at {settings.nats_url} does not answer ({ear.refusal or str(error) or 'no reply'}); "
            "start nats-server, or set BAKEHOUSE_NATS_URL and BAKEHOUSE_NATS_TOKEN"
        ) from error
    ear.stands = True


def _tls_context(settings: ProcessSettings) -> ssl.SSLContext | None:
    if not (settings.nats_ca or settings.nats_certificate):
        return None
    context = ssl.create_default_context(cafile=settings.nats_ca or None)
    if settings.nats_certificate:
        context.load_cert_chain(settings.nats_certificate, settings.nats_key or None)
    return context


def _content(reply: Msg) -> dict[str, Any]:
    """The JSON of a JetStream answer; an error in it is raised."""
    answer: dict[str, Any] = json.loads(reply.data)
    if "error" in answer:
        _raise(answer["error"])
    return answer


def _raise(error: dict[str, Any]) -> None:
    with translated_errors():
        js_errors.APIError.from_error(error)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


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


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn nats-py's exceptions into ours."""
    try:
        yield
    except js_errors.APIError as error:
        raise _translated(error) from error
    except nats.errors.MaxPayloadError as error:
        raise InvalidInputError("a message over NATS's limit: only ids belong in messages") from error
    except (TimeoutError, nats.errors.Error, js_errors.Error, OSError) as error:
        raise UnavailableError(f"NATS does not answer: {str(error) or type(error).__name__}") from error


def _translated(error: js_errors.APIError) -> BakehouseError:
    text = error.description or str(error)
    if error.err_code in _WRONG_LAST_SEQUENCE:
        return StaleError(f"someone wrote first: {text}")
    if error.err_code in _STREAM_FULL or "maximum" in text:
        return CapacityError(
            f"JetStream is full: {text}; raise its max_file or the stream's max_bytes", retry_after_s=5
        )
    if error.err_code in _NO_STREAM:
        return UnavailableError(f"JetStream lacks a stream or consumer ({text}); run `bakehouse migrate`")
    if error.code == 404:
        return NotFoundError(text)
    return UnavailableError(f"JetStream refused: {text}")
