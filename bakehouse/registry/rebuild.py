"""Fill empty buckets from the store. Safe at any time: only keys that are missing are written."""

import asyncio
from collections.abc import Iterator, Mapping

from bakehouse.errors import InvalidInputError, StaleError
from bakehouse.jetstream.bucket import Bucket
from bakehouse.jetstream.connection import Connection
from bakehouse.logs import get_logger
from bakehouse.registry.records import REGISTRY_BUCKET
from bakehouse.registry.revisions import ResourceRef, Revisions

_BATCH = 500
_MARK = "rebuilt"

log = get_logger()


async def rebuild(connection: Connection, revisions: Revisions, *, buckets: Mapping[str, str]) -> int:
    """Create every resource that the store knows and its bucket does not; how many.

    A mark in the registry's bucket says that this was done since the bucket was made; then nothing is listed.

    Args:
        connection: where the buckets are.
        revisions: what the store knows.
        buckets: the bucket of each kind that is not in the registry's own (jobs have one of theirs).
    """
    marks = Bucket(connection, REGISTRY_BUCKET)
    if await marks.get(_MARK) is not None:
        return 0
    num_created = 0
    resources = revisions.all()
    while page := await asyncio.to_thread(_take, resources):
        num_created += sum(
            await asyncio.gather(
                *(
                    _create(Bucket(connection, buckets.get(ref.kind, REGISTRY_BUCKET)), ref, data)
                    for ref, data in page
                )
            )
        )
    try:
        await marks.create(_MARK, b"")
    except StaleError:  # someone else rebuilt at the same time
        return num_created
    log.info("registry_rebuilt", num_resources=num_created)
    return num_created


async def _create(bucket: Bucket, ref: ResourceRef, data: bytes) -> bool:
    try:
        await bucket.create(ref.key, data)
    except StaleError:
        return False
    except InvalidInputError as error:  # one record that can't be kept must not keep all others out
        log.error("record_not_rebuilt", project=ref.project, kind=ref.kind, id=ref.id, reason=error.message)
        return False
    return True


def _take(resources: Iterator[tuple[ResourceRef, bytes]]) -> list[tuple[ResourceRef, bytes]]:
    return [entry for _, entry in zip(range(_BATCH), resources, strict=False)]
