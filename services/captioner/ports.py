"""What tagging needs of the world: something that reads pictures, and something that looks at them."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest

Square = npt.NDArray[np.uint8]


class ReadSquare(Protocol):
    """Reads a picture as a tagger looks at it. Called from several threads at once."""

    def __call__(self, data: bytes, *, side: int) -> Square:
        """The picture in the middle of a white square: (side, side, 3) uint8, blue green red.

        Raises:
            InvalidInputError: the bytes are no picture that can be read.
        """
        ...


class Tagger(Protocol):
    """A loaded tagger. `side` is that of its square, in pixels."""

    side: int

    def score(self, squares: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """How sure it is of each tag.

        Args:
            squares: (n, side, side, 3) float32 in 0..255, blue green red; n is at least 1.

        Returns:
            (n, num_tags) float32 in 0..1.

        Raises:
            ConfigError: it gives something else.
            MemoryError: they are too many at once.
        """
        ...


class LoadTagger(Protocol):
    """Gives the tagger of a model's weights, loaded once and kept while it is used."""

    def __call__(self, shared: Blobs, model: Digest) -> Tagger:
        """The tagger whose network is the blob `model` of `shared`.

        Raises:
            ConfigError: the blob is no such network; the message says what is wrong with it.
            UnavailableError, CapacityError: the store or the disk is away or full.
        """
        ...
