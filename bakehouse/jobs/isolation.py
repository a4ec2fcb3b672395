"""Finding the item that kills its process, by what was being computed when it died. Pure.

A child announces each piece (a batch or a part of one) before it computes it. Dying twice at one piece is no
accident: its items are then probed one by one, and the one that kills alone is left out of the unit, with
the reason. Memory that does not suffice halves the batches instead.
"""

from collections import Counter
from dataclasses import dataclass
from math import ceil

from bakehouse.jobs.failures import FailureClass, ItemFailure, UnitFailure

_DEATHS_BEFORE_PROBING = 2
_DEATHS_OUTSIDE_ITEMS = 3

Piece = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How to run the unit now. With `probe`, run only these items, each alone, and keep nothing.

    `is_careful`: something killed a child; touch no item before its piece begins, or the wrong one is blamed.
    """

    excluded: tuple[ItemFailure, ...]
    batch_limit: int | None
    probe: Piece
    is_careful: bool = False


class Isolation:
    """What one worker learned about one unit."""

    def __init__(self) -> None:
        self._excluded: dict[str, ItemFailure] = {}
        self._deaths: Counter[Piece] = Counter()
        self._batch_limit: int | None = None
        self._suspects: Piece = ()
        self._found = False

    def trial(self) -> Trial:
        """What to try next."""
        probe = tuple(item for item in self._suspects if item not in self._excluded)
        return Trial(
            excluded=tuple(self._excluded.values()),
            batch_limit=self._batch_limit,
            probe=probe,
            is_careful=bool(self._deaths),
        )

    def died(self, piece: Piece, *, failure_class: FailureClass, reason: str) -> UnitFailure | None:
        """The child died, or had to be killed, at `piece` (empty: before or after all items).

        Returns:
            The unit's failure, where no item can be to blame.
        """
        self._deaths[piece] += 1
        if not piece:
            if self._deaths[piece] < _DEATHS_OUTSIDE_ITEMS:
                return None
            return UnitFailure(failure_class=failure_class, reason=reason)
        if len(piece) == 1 and (self._suspects or self._deaths[piece] >= _DEATHS_BEFORE_PROBING):
            self._exclude(piece[0], failure_class, reason)
        elif self._deaths[piece] >= _DEATHS_BEFORE_PROBING:
            self._suspects, self._found = piece, False
        return None

    def survived_probe(self) -> None:
        """Every suspect that was left was computed alone without a death."""
        if not self._found:  # they kill together only, as too large a batch does
            self._batch_limit = ceil(len(self._suspects) / 2)
        self._suspects = ()

    def out_of_memory(self, piece: Piece, *, reason: str) -> UnitFailure | None:
        """`piece` did not fit: smaller batches, or without the item that does not fit alone.

        Returns:
            The unit's failure, where memory ran out before or after all items.
        """
        if not piece:
            return self.died(piece, failure_class=FailureClass.MEMORY, reason=reason)
        if len(piece) == 1:
            self._exclude(piece[0], FailureClass.MEMORY, reason)
        else:
            self._batch_limit = ceil(len(piece) / 2)
        return None

    def _exclude(self, item: str, failure_class: FailureClass, reason: str) -> None:
        self._found = True
        self._excluded[item] = ItemFailure(item=item, failure_class=failure_class, reason=reason)
