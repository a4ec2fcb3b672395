"""Which of n things belong together: a union-find over arrays. Joining is symmetric and transitive."""

import numpy as np

from services.dataset.domain.sizes import BoolArray, IntArray


class Groups:
    """n things, each alone at first; held are 8 bytes of each."""

    def __init__(self, size: int) -> None:
        self._root: IntArray = np.arange(size, dtype=np.int64)

    @property
    def labels(self) -> IntArray:
        """(n,): the first thing, by place, of the group that each is in."""
        return self._root.copy()

    def apart(self, left: IntArray, right: IntArray) -> BoolArray:
        """Whether things are in different groups so far, a pair each."""
        is_apart: BoolArray = self._root[left] != self._root[right]
        return is_apart

    def join(self, left: IntArray, right: IntArray) -> None:
        """Put each of `left` into a group with its neighbour in `right`."""
        while len(left):
            roots = self._root[left], self._root[right]
            is_apart = roots[0] != roots[1]
            left, right = left[is_apart], right[is_apart]
            low, high = (pick(*roots)[is_apart] for pick in (np.minimum, np.maximum))
            # A root only ever points at a smaller one, so there is no circle.
            np.minimum.at(self._root, high, low)
            self._flatten()

    def _flatten(self) -> None:
        while not np.array_equal(self._root, above := self._root[self._root]):
            self._root = above
