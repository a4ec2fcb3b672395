"""What the gateway does unasked: make what is missing on NATS, fill it from the store, forget old uploads.

At the start, after each return of NATS (which may come back without its disk), and every so often.
"""

import asyncio
import random
from collections.abc import Sequence

from bakehouse.errors import BakehouseError
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.subjects import JOB_KIND, JOBS_BUCKET
from bakehouse.logs import get_logger
from bakehouse.migration import Layout, migrate
from bakehouse.registry.rebuild import rebuild
from bakehouse.registry.revisions import Revisions
from bakehouse.topology import Service
from gateway.uploads.expiry import UploadExpiry

_EVERY_S = 3600.0
_RETRY_S = 2.0

log = get_logger()


class Upkeep:
    """Keeps streams, buckets and uploads as they have to be. `layout` is None where others migrate."""

    def __init__(
        self,
        connection: Connection,
        revisions: Revisions,
        services: Sequence[Service],
        layout: Layout | None,
        expiry: UploadExpiry,
    ) -> None:
        self._connection = connection
        self._revisions = revisions
        self._services = services
        self._layout = layout
        self._expiry = expiry
        self._woken = asyncio.Event()

    async def prepare(self) -> None:
        """Make and fill what is missing on NATS. Any number of gateways may do so at once.

        Raises:
            UnavailableError: NATS or the store is away.
        """
        if self._layout is not None:
            await migrate(self._connection, self._services, self._layout)
        await rebuild(self._connection, self._revisions, buckets={JOB_KIND: JOBS_BUCKET})

    async def run(self) -> None:
        """Do all of it, again and again, for ever. What fails is put off."""
        forget = self._connection.on_return(self._woken.set)
        try:
            while True:
                self._woken.clear()
                await self._wait(await self._tend())
        finally:
            forget()

    async def _tend(self) -> float:
        """Do all of it once; how long to wait for the next time."""
        try:
            await self.prepare()
            await self._expiry.forget_expired()
        except BakehouseError as error:
            log.warning("upkeep_put_off", reason=error.message)
            return _RETRY_S
        return _EVERY_S * random.uniform(0.7, 1.3)

    async def _wait(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._woken.wait()
        except TimeoutError:
            return
