"""A bucket whose values outlive it: the store holds each durable revision before the bucket does."""

import asyncio
from collections.abc import Mapping

from bakehouse.errors import StaleError
from bakehouse.jetstream.bucket import Bucket, Entry
from bakehouse.registry.revisions import Candidate, ResourceRef, Revisions


class DurableBucket:
    """Compare-and-swap on resources, store first."""

    def __init__(self, bucket: Bucket, revisions: Revisions) -> None:
        self.bucket = bucket
        self._revisions = revisions

    async def get(self, ref: ResourceRef) -> Entry | None:
        """The current value, None where there is none."""
        return await self.bucket.get(ref.key)

    async def write(
        self,
        ref: ResourceRef,
        value: bytes,
        *,
        stored: Candidate,
        revision: int,
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """Swap `value` in for the one with `revision` (0: there is none yet); the new revision.

        Args:
            ref: the resource.
            value: what the bucket gets.
            stored: what the store keeps, to rebuild the bucket from.
            revision: the bucket's, as read.
            headers: for watchers.

        Raises:
            StaleError: someone swapped first; nothing of this is left.
        """
        candidate = await asyncio.to_thread(self._revisions.write, ref, stored)
        try:
            return await self.bucket.swap(ref.key, value, revision=revision, headers=headers)
        except StaleError:
            await asyncio.to_thread(self._revisions.remove, candidate)
            raise
