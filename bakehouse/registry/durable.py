"""A bucket whose values outlive it: the store holds each durable revision before the bucket does."""

import asyncio
from collections.abc import Mapping

from bakehouse.errors import InvalidInputError, StaleError, UnavailableError
from bakehouse.jetstream.bucket import MAX_VALUE_BYTES, Bucket, Entry
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
            InvalidInputError: the value is longer than a bucket takes; nothing of it is left.
            StaleError: someone swapped first; nothing of this is left.
            UnavailableError: it is unknown whether this was swapped in; a candidate of it may be left.
        """
        if len(value) > MAX_VALUE_BYTES:
            raise InvalidInputError(
                f"{ref.id}: {len(value)} bytes to keep, at most {MAX_VALUE_BYTES}; use less"
            )
        candidate = await asyncio.to_thread(self._revisions.write, ref, stored)
        try:
            return await self.bucket.swap(ref.key, value, revision=revision, headers=headers)
        except StaleError:
            # A bucket that was lost may have been filled with this very candidate meanwhile.
            entry = await self.bucket.get(ref.key)
            if entry is not None and entry.value == stored.data:
                return entry.revision
            await asyncio.to_thread(self._revisions.remove, candidate)
            raise
        except UnavailableError:
            raise
        except Exception:
            await asyncio.to_thread(self._revisions.remove, candidate)
            raise
