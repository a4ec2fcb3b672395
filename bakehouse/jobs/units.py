"""What became of each unit of a job: a byte a unit, the part of a job's record that says how far it is.

Pure. 0 to 199: open, and how often it failed; 254: accepted, with failed items; 255: accepted.
"""

from collections.abc import Iterator

MAX_UNITS = 50_000  # so that the record stays under 64 KiB

_MAX_FAILURES = 199
_ACCEPTED_WITH_FAILURES = 254
_ACCEPTED = 255


class UnitStates:
    """The bytes, with the few questions that are asked of them."""

    def __init__(self, states: bytes | int) -> None:
        """From stored bytes, or `states` open units."""
        self._states = bytearray(states)
        self.num_accepted = self._states.count(_ACCEPTED) + self._states.count(_ACCEPTED_WITH_FAILURES)

    def __len__(self) -> int:
        return len(self._states)

    def __bytes__(self) -> bytes:
        return bytes(self._states)

    def is_accepted(self, unit: int) -> bool:
        """Whether a result of `unit` was accepted."""
        return self._states[unit] >= _ACCEPTED_WITH_FAILURES

    def accept(self, unit: int, *, has_failures: bool) -> bool:
        """Note that a result of `unit` verified; False when an earlier one already did."""
        if self.is_accepted(unit):
            return False
        self._states[unit] = _ACCEPTED_WITH_FAILURES if has_failures else _ACCEPTED
        self.num_accepted += 1
        return True

    def note_failure(self, unit: int) -> int:
        """Note that an attempt at an open `unit` failed; how many have by now."""
        self._states[unit] = min(self._states[unit] + 1, _MAX_FAILURES)
        return self._states[unit]

    @property
    def all_accepted(self) -> bool:
        """Whether no unit is open."""
        return self.num_accepted == len(self._states)

    def open_units(self, start: int = 0) -> Iterator[int]:
        """The open units from `start` on, in order."""
        for unit in range(start, len(self._states)):
            if not self.is_accepted(unit):
                yield unit
