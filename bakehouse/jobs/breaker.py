"""A breaker for a dependency: after a failure, wait; then let one try; wait longer if it fails. Pure."""

import random
from collections.abc import Iterator

from bakehouse.backoff import delays


class Breaker:
    """Told of failures and successes, says from when on it may be tried again."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._delays: Iterator[float] | None = None
        self._until = 0.0

    @property
    def is_closed(self) -> bool:
        """Whether the last try succeeded: work may be taken on."""
        return self._delays is None

    def fail(self, *, now: float) -> float:
        """The dependency failed; the seconds to wait before the next try."""
        if self._delays is None:
            self._delays = delays(self._rng)
        if now >= self._until:  # failures of tries begun before the last one don't lengthen the wait
            self._until = now + next(self._delays)
        return self._until - now

    def succeed(self) -> None:
        """The dependency works."""
        self._delays = None
        self._until = 0.0
