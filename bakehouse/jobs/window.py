"""Which units of a plan to put on the queue next. Pure: the supervisor tells it what it hears.

The plan is the queue; JetStream holds a window of it. A unit is open, outstanding (published, no word yet)
or accepted; one that failed waits a moment before it is published again.
"""

from collections.abc import Iterable

from bakehouse.jobs.units import UnitStates

MAX_FAILURES = 3  # of a whole unit, classified; deliveries don't count
RETRY_DELAYS_S = (1.0, 5.0, 25.0)


class Window:
    """The outstanding units of one job."""

    def __init__(self, units: UnitStates, *, outstanding: Iterable[int] = ()) -> None:
        self.units = units
        self.outstanding = {unit for unit in outstanding if not units.is_accepted(unit)}
        self._retry_at: dict[int, float] = {}
        self._next = 0

    def due(self, *, size: int, now: float) -> list[int]:
        """Units to publish so that `size` are outstanding: retries whose time has come, then new ones.

        Refilled by halves, so that a publication carries many units at once.
        """
        room = size - len(self.outstanding)
        if room < size // 2 and self.outstanding:
            return []
        ready = sorted(unit for unit, at in self._retry_at.items() if at <= now)[:room]
        for unit in ready:
            del self._retry_at[unit]
        while len(ready) < room and (new := self._next_new()) is not None:
            ready.append(new)
        self.outstanding.update(ready)
        return ready

    def accept(self, unit: int, *, has_failures: bool) -> bool:
        """A result of `unit` verified; False when one did before."""
        self.outstanding.discard(unit)
        self._retry_at.pop(unit, None)
        return self.units.accept(unit, has_failures=has_failures)

    def retry(self, unit: int, *, now: float) -> bool:
        """An attempt at `unit` failed; False when it has failed too often to be tried again."""
        if self.units.is_accepted(unit):
            return True
        self.outstanding.discard(unit)
        num_failures = self.units.note_failure(unit)
        if num_failures >= MAX_FAILURES:
            return False
        self._retry_at[unit] = now + RETRY_DELAYS_S[min(num_failures, len(RETRY_DELAYS_S)) - 1]
        return True

    def lost(self, unit: int) -> None:
        """`unit` is neither on the queue nor has a result: publish it again."""
        self.outstanding.discard(unit)
        if not self.units.is_accepted(unit):
            self._retry_at.setdefault(unit, 0.0)

    def _next_new(self) -> int | None:
        for unit in self.units.open_units(self._next):
            if unit not in self.outstanding and unit not in self._retry_at:
                self._next = unit + 1
                return unit
        self._next = len(self.units)
        return None
