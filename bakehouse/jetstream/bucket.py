"""A key-value bucket whose values change by compare-and-swap only.

It is a JetStream KV bucket (`nats kv` reads it); values carry headers so that a watcher learns of a state
without the value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex

from bakehouse.errors import InvalidInputError, StaleError, UnavailableError
from bakehouse.jetstream.connection import Connection

MAX_VALUE_BYTES = 64 * 1024

_SWAP_ID = "Bakehouse-Swap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A value and the revision to name when it is swapped."""

    value: bytes
    revision: int
    headers: Mapping[str, str] = field(default_factory=dict)


class Bucket:
    """The bucket `name`, made by the migration."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self.name = name
        self.stream = f"KV_{name}"

    def subject(self, key: str) -> str:
        """The subject that holds `key`."""
        return f"$KV.{self.name}.{key}"

    async def get(self, key: str) -> Entry | None:
        """The value of `key`, None where there is none."""
        message = await self._connection.last_message(self.stream, self.subject(key))
        if message is None:
            return None
        return Entry(value=message.data, revision=message.sequence, headers=message.headers)

    async def create(self, key: str, value: bytes, *, headers: Mapping[str, str] | None = None) -> int:
        """Write a key that does not exist; its revision.

        Raises:
            StaleError: it exists.
        """
        return await self.swap(key, value, revision=0, headers=headers)

    async def swap(
        self, key: str, value: bytes, *, revision: int, headers: Mapping[str, str] | None = None
    ) -> int:
        """Replace the value that has `revision`; the new revision.

        An answer that was lost is asked for: the swap either happened, and this returns, or did not.

        Raises:
            StaleError: `key` has another revision: someone swapped first.
            UnavailableError: it is unknown whether the swap happened, and NATS can't be asked.
        """
        if len(value) > MAX_VALUE_BYTES:
            raise InvalidInputError(f"{key}: {len(value)} bytes in a bucket, at most {MAX_VALUE_BYTES}")
        swap_id = token_hex(8)
        marked = {**(headers or {}), _SWAP_ID: swap_id}
        try:
            return await self._connection.publish(
                self.subject(key), value, after_sequence=revision, headers=marked
            )
        except UnavailableError:
            entry = await self.get(key)
            if entry is not None and entry.headers.get(_SWAP_ID) == swap_id:
                return entry.revision
            if entry is not None and entry.revision != revision:
                raise StaleError(f"{key}: swapped by someone else") from None
            raise
