"""The second judge: reads a picture's two colours by rule, from its rim and from what differs from it."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from demo.grammar import GROUNDS, SHAPE_COLOURS, Colour

RIM_SHARE = 0.06
# Pixels at this share of the largest distance from the ground, or more, are the shape's inside.
INSIDE_SHARE = 0.7


def ground_of(picture: Image.Image) -> str:
    """The name of the ground: the palette's colour nearest to the rim's median. Takes RGB of any size."""
    return nearest(rim_median(np.asarray(picture, dtype=np.float64)), GROUNDS)


def colour_of(picture: Image.Image) -> str:
    """The name of the shape's colour: nearest to the median of the pixels that differ most from the rim."""
    pixels = np.asarray(picture, dtype=np.float64)
    distances = np.linalg.norm(pixels - rim_median(pixels), axis=-1)
    inside = pixels[distances >= INSIDE_SHARE * distances.max()]
    return nearest(np.median(inside, axis=0), SHAPE_COLOURS)


def rim_median(pixels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The median colour of the outer frame of (h, w, 3) pixels, as (3,) in 0..255."""
    width = max(1, round(min(pixels.shape[:2]) * RIM_SHARE))
    is_rim = np.ones(pixels.shape[:2], dtype=np.bool_)
    is_rim[width:-width, width:-width] = False
    median: npt.NDArray[np.float64] = np.median(pixels[is_rim], axis=0)
    return median


def nearest(colour: npt.NDArray[np.float64], palette: dict[str, Colour]) -> str:
    """The palette's name at the least Euclidean distance in RGB."""
    return min(palette, key=lambda name: float(np.linalg.norm(colour - np.asarray(palette[name]))))
