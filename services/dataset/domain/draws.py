"""Random numbers that depend on what they are for and on nothing else: seed, sample, draw and name."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from bakehouse.manifest.identity import SampleId
from services.dataset.domain.sizes import FloatArray, IntArray

DRAW_REVISION = 1

_TAG = b"bakehouse draw %d\0" % DRAW_REVISION
_NUMBERS = struct.Struct(">qI")
_LOW = np.uint64(0xFFFF_FFFF)
_HALF = np.uint64(32)
_UNSEEN = np.uint64(11)  # bits that a float64 has no room for


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """The `number`th draw for each sample. Asking twice, in any order or process, gives the same."""

    seed: int
    sample_ids: Sequence[SampleId]
    number: int = 0

    def __len__(self) -> int:
        return len(self.sample_ids)

    def fraction(self, name: str, rows: IntArray) -> FloatArray:
        """Uniform in [0, 1), one for each of the samples `rows`."""
        return (self._bits(name, rows) >> _UNSEEN).astype(np.float64) * 2.0**-53

    def below(self, limits: IntArray, name: str, rows: IntArray) -> IntArray:
        """Uniform among 0 .. limit - 1, one for each of the samples `rows`.

        Args:
            limits: 1 to 2**31 - 1 each, of the length of `rows`.
            name: what the numbers are for.
            rows: places in `sample_ids`.
        """
        bits, limit = self._bits(name, rows), limits.astype(np.uint64)
        # (bits * limit) >> 64 in two halves: the product has 96 bits
        carried = ((bits & _LOW) * limit) >> _HALF
        return (((bits >> _HALF) * limit + carried) >> _HALF).astype(np.int64)

    def part(self, start: int, stop: int) -> "Draws":
        """Those of the samples from `start` to before `stop`."""
        return Draws(seed=self.seed, sample_ids=self.sample_ids[start:stop], number=self.number)

    def _bits(self, name: str, rows: IntArray) -> NDArray[np.uint64]:
        head, tail, ids = _TAG + _NUMBERS.pack(self.seed, self.number), name.encode(), self.sample_ids
        hashed = b"".join([sha256(head + ids[row] + tail).digest()[:8] for row in rows.tolist()])
        return np.frombuffer(hashed, ">u8").astype(np.uint64)
