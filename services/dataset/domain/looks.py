"""Numbers that tell which pictures look alike, and the sharp from the blurred. Pure."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

PHASH_EDGE = 32
DHASH_SIZE = 9, 8  # width, height

_LOW = 8  # frequencies each way
# Coefficients are rounded to this: what symmetric or plain pictures have none of is then 0, not the noise of
# levels that were rounded. A wave of one level has a coefficient of 512.
_STEP = 32

Grey: TypeAlias = NDArray[np.uint8]


def phash(grey: Grey) -> str:
    """The perceptual hash: which of the lowest 8x8 frequencies are stronger than their median.

    The median is taken without the constant term, which is the brightness of the whole. Two pictures of which
    at most 4 bits differ look alike to most people.

    Args:
        grey: (32, 32) uint8.

    Returns:
        16 hex digits: a bit a frequency, row by row, the first one the highest.

    Source: C. Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010, 3.2.1, with
    all low frequencies but the constant one for the median, as ImageHash and imagededup do.
    """
    low = np.rint(_DCT @ grey.astype(np.float64) @ _DCT.T / _STEP)
    return _hex(low > np.median(low.ravel()[1:]))


def dhash(grey: Grey) -> str:
    """The difference hash: where a pixel is brighter than the one on its left.

    Args:
        grey: (8, 9) uint8.

    Returns:
        16 hex digits: a bit a pair, row by row, the first one the highest.

    Source: N. Krawetz, "Kind of like that", hackerfactor.com, 2013.
    """
    return _hex(grey[:, 1:] > grey[:, :-1])


def sharpness(grey: Grey) -> float:
    """The variance of the Laplacian, to three decimals: 0 for one colour, over 100 for most photographs.

    Args:
        grey: (h, w) uint8, the longer edge `SHARPNESS_EDGE` px. It goes on beyond its edges as it ends there.

    Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000, the method LAPV.
    """
    wide = np.pad(grey, 1, mode="edge").astype(np.float32)
    around = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]
    return round(float((around - 4 * wide[1:-1, 1:-1]).var(dtype=np.float64)), 3)


def _hex(bits: NDArray[np.bool_]) -> str:
    return np.packbits(bits).tobytes().hex()


def _cosines() -> NDArray[np.float64]:
    """The lowest rows of the DCT-II's matrix, unscaled: (8, 32)."""
    frequency = np.arange(_LOW)[:, None]
    place = np.arange(PHASH_EDGE)[None, :]
    found: NDArray[np.float64] = np.cos(np.pi * frequency * (2 * place + 1) / (2 * PHASH_EDGE))
    return found


_DCT = _cosines()
