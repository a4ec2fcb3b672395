"""Forgets uploads whose time is over: their parts, then every trace of their records. Blobs stay.

One that was given up waits for its time, too, so that a part that a signed URL let in later is found.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bakehouse.blobs.port import ObjectStore
from bakehouse.errors import CorruptionError, NotFoundError, StaleError
from bakehouse.jetstream.bucket import Bucket
from bakehouse.jetstream.connection import Connection
from bakehouse.jetstream.tail import CaughtUp, tailing
from bakehouse.logs import get_logger
from bakehouse.registry.records import REGISTRY_BUCKET, RESOURCE_WIRE, Registry
from bakehouse.registry.revisions import Revisions
from bakehouse.wire import UnknownSchemaError
from gateway.uploads.parts import Parts
from gateway.uploads.record import UPLOAD_KIND, Upload, decode_upload

_GRACE = timedelta(hours=1)  # for parts that were on their way
_MOST_AT_ONCE = 1000

log = get_logger()


class UploadExpiry:
    """Finds and forgets. Any number of gateways may do so at once."""

    def __init__(self, connection: Connection, registry: Registry, store: ObjectStore) -> None:
        self._connection = connection
        self._bucket = Bucket(connection, REGISTRY_BUCKET)
        self._registry = registry
        self._revisions = Revisions(store)
        self._parts = Parts(store)

    async def forget_expired(self, *, now: datetime | None = None) -> int:
        """Forget what has expired; how many uploads that were.

        Raises:
            UnavailableError: NATS or the store is away; the rest is for the next time.
        """
        before = (now or datetime.now(UTC)) - _GRACE
        num_forgotten, is_full = 0, True
        while is_full:
            expired = await self._expired(before)
            num_before = num_forgotten
            for upload in expired:
                num_forgotten += await self._forget(upload)
            is_full = len(expired) == _MOST_AT_ONCE and num_forgotten > num_before
        if num_forgotten:
            log.info("uploads_forgotten", num_uploads=num_forgotten)
        return num_forgotten

    async def _expired(self, before: datetime) -> list[Upload]:
        expired: list[Upload] = []
        pattern = self._bucket.subject(f"*.{UPLOAD_KIND}.*")
        async with tailing(self._connection, self._bucket.stream, pattern, start="last_per_subject") as tail:
            async for message in tail:
                if isinstance(message, CaughtUp) or len(expired) == _MOST_AT_ONCE:
                    break
                upload = _decoded(message.data)
                if upload and upload.body.is_expired(before):
                    expired.append(upload)
        return expired

    async def _forget(self, upload: Upload) -> bool:
        ref = upload.resource.ref
        if not upload.resource.deleted:
            given_up = replace(upload.resource, deleted=True)
            try:
                await self._registry.update(given_up, version=upload.resource.version)
            except (StaleError, NotFoundError):
                return False  # somebody else is at it
        await asyncio.to_thread(self._parts.remove, upload)
        await asyncio.to_thread(self._revisions.forget, ref)
        await self._connection.purge(self._bucket.stream, self._bucket.subject(ref.key))
        return True


def _decoded(data: bytes) -> Upload | None:
    try:
        return decode_upload(RESOURCE_WIRE.decode(data))
    except (CorruptionError, UnknownSchemaError) as error:
        log.error("record_not_understood", reason=str(error))
        return None
