"""How large a unit is and how many are in flight, from measured seconds. Pure.

A unit should be long enough that its fixed cost does not matter and short enough that losing one does not
either; a window should keep every worker busy until the next refill and not a job longer than needed ahead
of another's.
"""

from dataclasses import dataclass
from math import ceil

from bakehouse.jobs.units import MAX_UNITS

UNIT_TARGET_S = 20.0
FIRST_UNIT_ITEMS = 64  # until a rate is known
SHARED_UNITS = 32  # of a job that several workers share, where each has at least so many items:
SHARED_UNIT_ITEMS = 16
WINDOW_TARGET_S = 10.0
MIN_WINDOW, FIRST_WINDOW, MAX_WINDOW = 8, 64, 1000
INTERACTIVE_S = 30.0  # `auto` jobs of less work than this are interactive ...
INTERACTIVE_UNITS = 16  # ... and so are those of few units, while no rate is known
UNIT_OVERHEAD_S = 0.005  # what a unit costs beside its items


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """What is known when a job is planned: seconds an item took lately, None before the first job."""

    item_s: float | None

    def unit_items(self, num_items: int, *, multiple_of: int = 1, is_shared: bool = False) -> int:
        """Items a unit, for `num_items` in all: about 20 s of work, at most 50,000 units.

        `multiple_of` is the stage's batch size: only a unit's last batch is then smaller. `is_shared`: items
        need no model that a worker would load first, so that a short job, too, is cut for several workers.
        """
        wanted = FIRST_UNIT_ITEMS if not self.item_s else UNIT_TARGET_S / self.item_s
        needed = ceil(num_items / MAX_UNITS)
        if is_shared:
            wanted = min(wanted, max(SHARED_UNIT_ITEMS, num_items / SHARED_UNITS))
        size = max(1, min(round(wanted), num_items), needed)
        return ceil(size / multiple_of) * multiple_of

    def is_interactive(self, *, num_units: int, num_items: int) -> bool:
        """Whether an `auto` job is small enough to go before bulk work."""
        if self.item_s is None:
            return num_units <= INTERACTIVE_UNITS
        return num_items * self.item_s + num_units * UNIT_OVERHEAD_S <= INTERACTIVE_S


def window_units(units_per_s: float | None) -> int:
    """How many units of a job to keep on the queue: ten seconds of what the workers drain, 8 to 1000."""
    if units_per_s is None:
        return FIRST_WINDOW
    return max(MIN_WINDOW, min(MAX_WINDOW, ceil(units_per_s * WINDOW_TARGET_S)))
