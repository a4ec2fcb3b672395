"""Signed URLs: the store's own where it answers them, else ours, which http.py answers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bakehouse.blobs.port import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUrl:
    """A secret: its holder needs no token. It stops working at `expire_time`."""

    url: str
    expire_time: datetime


class Presign(Protocol):
    """What a store has as `presign`, and says there."""

    def __call__(self, key: str, *, method: Method, expires_s: int, size_bytes: int | None = None) -> str:
        """A URL for one object."""
        ...


class Urls:
    """Signs for `expires_s`."""

    def __init__(self, presign: Presign, *, expires_s: int) -> None:
        self._presign = presign
        self._expires_s = expires_s

    def to_get(self, key: str) -> SignedUrl:
        """A URL to GET an object from."""
        expires = _now() + timedelta(seconds=self._expires_s)
        return SignedUrl(url=self._presign(key, method="GET", expires_s=self._expires_s), expire_time=expires)

    def to_put(self, key: str, *, size_bytes: int, not_after: datetime) -> SignedUrl:
        """A URL to PUT exactly `size_bytes` to, which never works longer than to `not_after`."""
        now = _now()
        expires_s = max(1, min(self._expires_s, int((not_after - now).total_seconds())))
        url = self._presign(key, method="PUT", expires_s=expires_s, size_bytes=size_bytes)
        return SignedUrl(url=url, expire_time=now + timedelta(seconds=expires_s))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)  # URLs are good to the second
