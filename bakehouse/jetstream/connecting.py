"""Opens a connection to NATS that reconnects for ever, and tells it when it broke and came back."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import nats.errors
from nats.aio.client import Client

from bakehouse.errors import UnavailableError
from bakehouse.jetstream.connection import Connection
from bakehouse.logs import get_logger
from bakehouse.settings import ProcessSettings

log = get_logger()


@asynccontextmanager
async def connected(settings: ProcessSettings, *, name: str) -> AsyncIterator[Connection]:
    """A connection for the length of a `with`; it reconnects for ever.

    Raises:
        UnavailableError: nobody answered within `nats_patience_s`; the message names the setting.
    """
    connection = Connection(Client())
    await _connect(connection, settings, name=name)
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
        if not (self.refusal and isinstance(error, OSError)):  # what the server said tells more
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
            f"NATS at {_without_user(settings.nats_url)} does not answer "
            f"({ear.refusal or str(error) or 'no reply'}); "
            "start nats-server, or set BAKEHOUSE_NATS_URL and BAKEHOUSE_NATS_TOKEN"
        ) from error
    ear.stands = True


def _without_user(urls: str) -> str:
    return re.sub(r"//[^/@,]*@", "//", urls)


def _tls_context(settings: ProcessSettings) -> ssl.SSLContext | None:
    if not (settings.nats_ca or settings.nats_certificate):
        return None
    context = ssl.create_default_context(cafile=settings.nats_ca or None)
    if settings.nats_certificate:
        context.load_cert_chain(settings.nats_certificate, settings.nats_key or None)
    return context
