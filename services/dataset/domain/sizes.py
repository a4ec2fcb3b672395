"""Arrays of sizes, and Python's rounding of their ratios: what planning many pictures at once stands on."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.dataset.domain.rules import Size

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sizes:
    """Widths and heights in pixels: two int64 arrays of one length."""

    width: IntArray
    height: IntArray

    def __len__(self) -> int:
        return len(self.width)

    @property
    def ratio(self) -> FloatArray:
        """Width by height."""
        return self.width / self.height

    @property
    def area(self) -> IntArray:
        """Pixels in all."""
        return self.width * self.height

    def covers(self, other: "Sizes") -> BoolArray:
        """Whether the other can be cut out of it."""
        return (self.width >= other.width) & (self.height >= other.height)

    def take(self, rows: IntArray | BoolArray | slice) -> "Sizes":
        """Some of them."""
        return Sizes(width=self.width[rows], height=self.height[rows])

    def replaced(self, rows: IntArray | BoolArray, others: "Sizes | Size") -> "Sizes":
        """These, with `others` in some rows."""
        width, height = self.width.copy(), self.height.copy()
        width[rows], height[rows] = others.width, others.height
        return Sizes(width=width, height=height)

    def at(self, row: int) -> Size:
        """One of them."""
        return Size(width=int(self.width[row]), height=int(self.height[row]))


def sizes_of(sizes: Iterable[Size]) -> Sizes:
    """Sizes as arrays."""
    pairs = np.array([(size.width, size.height) for size in sizes], dtype=np.int64).reshape(-1, 2)
    return Sizes(width=pairs[:, 0].copy(), height=pairs[:, 1].copy())


def rounded(values: FloatArray, digits: int) -> FloatArray:
    """`round(value, digits)` of each, as Python has it: by the exact decimal value, ties to even.

    NumPy's `round` scales and rounds the product, which is another number for one ratio in 600 of pictures.
    Where the product is too near a tie to tell, Python is asked.

    Args:
        values: (n,), 0 or more and below 2**53 / 10**digits.
        digits: 0 to 9 decimals.
    """
    scale = 10.0**digits
    scaled = values * scale
    whole = np.rint(scaled)
    # The difference is exact; the product is off by at most half a unit in its last place.
    from_tie = np.abs(np.abs(scaled - whole) - 0.5)
    found = whole / scale
    unsure = np.flatnonzero(from_tie <= scaled * 2.0**-52)
    if len(unsure):
        distinct, places = np.unique(values[unsure], return_inverse=True)
        found[unsure] = np.array([round(value, digits) for value in distinct.tolist()])[places]
    return found
