"""How much one token may ask for: calls a second, and streams at a time. Not bytes or jobs."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bakehouse.errors import CapacityError
from bakehouse.rpc.call import Call

_STREAM_RETRY_S = 5.0


class TokenBucket:
    """`rate` a second on average, `burst` at once. Times are given, in seconds of any monotonic clock."""

    def __init__(self, *, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = float(burst)
        self._filled_at = now

    def take(self, now: float) -> float:
        """Take one; 0 if there was one, else the seconds until there will be."""
        self._level = min(self._burst, self._level + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._level >= 1:
            self._level -= 1
            return 0.0
        return (1 - self._level) / self._rate


class LimitGuard:
    """Refuses what goes beyond a token's limits. What asks for no token (health) has none."""

    def __init__(self, *, calls_per_second: float, burst: int, open_streams: int) -> None:
        self._rate = calls_per_second
        self._burst = burst
        self._open_streams = open_streams
        self._buckets: dict[str, TokenBucket] = {}
        self._streams: Counter[str] = Counter()

    @asynccontextmanager
    async def __call__(self, call: Call) -> AsyncIterator[None]:
        """Around one call.

        Raises:
            CapacityError: too many calls or streams of this token; it says when to come back.
        """
        if call.principal is None:
            yield
            return
        token = call.principal.token_id
        self._count_call(token)
        if not call.is_stream:
            yield
            return
        self._open_stream(token)
        try:
            yield
        finally:
            self._streams[token] -= 1

    def _count_call(self, token: str) -> None:
        now = time.monotonic()
        bucket = self._buckets.get(token)
        if bucket is None:
            bucket = self._buckets[token] = TokenBucket(rate=self._rate, burst=self._burst, now=now)
        wait_s = bucket.take(now)
        if wait_s:
            raise CapacityError(
                f"more than {self._rate:g} calls a second with token {token}; wait {wait_s:.3f} s",
                retry_after_s=wait_s,
                fields={"limit": "calls_per_second", "token_id": token},
            )

    def _open_stream(self, token: str) -> None:
        if self._streams[token] >= self._open_streams:
            raise CapacityError(
                f"{self._open_streams} streams are open with token {token}; close one first",
                retry_after_s=_STREAM_RETRY_S,
                fields={"limit": "open_streams", "token_id": token},
            )
        self._streams[token] += 1
