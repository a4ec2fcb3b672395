"""Seconds an item took lately, by kind of job: what units are sized by. Losing it costs one guess."""

from bakehouse.errors import StaleError
from bakehouse.jetstream.bucket import Bucket
from bakehouse.jetstream.connection import Connection

RATES_BUCKET = "rates"

_WEIGHT_OF_NEW = 0.5


class Rates:
    """Reads and updates the rates."""

    def __init__(self, connection: Connection) -> None:
        self._bucket = Bucket(connection, RATES_BUCKET)

    async def item_s(self, kind: str) -> float | None:
        """Seconds an item of `kind` takes, None before the first job."""
        entry = await self._bucket.get(kind)
        return float(entry.value) if entry else None

    async def note(self, kind: str, item_s: float) -> None:
        """Blend what a job measured into the rate."""
        entry = await self._bucket.get(kind)
        if entry is not None:
            item_s = _WEIGHT_OF_NEW * item_s + (1 - _WEIGHT_OF_NEW) * float(entry.value)
        try:
            await self._bucket.swap(kind, f"{item_s:.9f}".encode(), revision=entry.revision if entry else 0)
        except StaleError:  # another job noted its own
            return
