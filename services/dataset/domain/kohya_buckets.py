"""kohya's bucketing: a list of buckets of about one area, and the one that a picture's shape is nearest to.

Source: facts about sd-scripts' buckets, section (b). Where its code divides by zero or comes to a bucket
without an edge, the target here has an edge of 0, and the plan leaves the picture out.
"""

from math import isqrt

import numpy as np

from services.dataset.domain.geometry import Fits
from services.dataset.domain.rules import KohyaRules, Size
from services.dataset.domain.sizes import FloatArray, IntArray, Sizes, sizes_of

KOHYA_REVISION = 1


def kohya_buckets(rules: KohyaRules) -> list[Size]:
    """The buckets by width, then height: of at most the resolution's area, each with its mirror."""
    if not rules.enable_bucket:
        return [Size(width=rules.width, height=rules.height)]
    steps, area = rules.steps, rules.area
    square = isqrt(area) // steps * steps
    found = {(square, square)} if square else set()
    shortest = rules.minimum or steps
    for width in range(shortest, rules.maximum + 1, steps):
        height = min(rules.maximum, area // width // steps * steps)
        if height >= shortest:
            found |= {(width, height), (height, width)}
    return [Size(width=width, height=height) for width, height in sorted(found)]


def kohya_fit(originals: Sizes, rules: KohyaRules) -> Fits:
    """The buckets of pictures, and their sizes before the cut. All arrays are (n,)."""
    if rules.no_upscale and rules.enable_bucket:
        return _without_growth(originals, rules)
    target = _nearest(originals, kohya_buckets(rules))
    own, ratio = originals.ratio, target.ratio
    scale = np.where(own > ratio, target.height / originals.height, target.width / originals.width)
    resized = Sizes(width=_nearly(originals.width * scale), height=_nearly(originals.height * scale))
    return Fits(target=target, resized=resized)


def _nearest(originals: Sizes, buckets: list[Size]) -> Sizes:
    """A bucket of a picture's own size, else that of the nearest ratio, of equally near ones the first."""
    every = sizes_of(buckets)
    ratios, first = np.unique(every.ratio, return_index=True)
    own = originals.ratio
    above = np.clip(np.searchsorted(ratios, own), 0, len(ratios) - 1)
    below = np.maximum(above - 1, 0)
    far_above, far_below = np.abs(ratios[above] - own), np.abs(ratios[below] - own)
    is_below = (far_below < far_above) | ((far_below == far_above) & (first[below] < first[above]))
    found = every.take(first[np.where(is_below, below, above)])
    is_bucket = np.isin(_codes(originals), _codes(every))
    return found.replaced(is_bucket, originals.take(is_bucket))


def _codes(sizes: Sizes) -> IntArray:
    """A number for each size, its own where edges are below 2**31."""
    return (sizes.width << 31) | sizes.height


def _without_growth(originals: Sizes, rules: KohyaRules) -> Fits:
    """Only what is more than the resolution's area is resized; the bucket is the whole steps of it."""
    rows = np.flatnonzero(originals.area > rules.area)
    resized = originals.replaced(rows, _shrunk(originals.take(rows), rules))
    steps = rules.steps
    target = Sizes(width=resized.width // steps * steps, height=resized.height // steps * steps)
    return Fits(target=target, resized=resized)


def _shrunk(originals: Sizes, rules: KohyaRules) -> Sizes:
    """One edge a whole of steps: the one that keeps the bucket's ratio nearer to the picture's."""
    own, steps = originals.ratio, rules.steps
    width = np.sqrt(rules.area * own)
    by_width, by_height = _stepped(width, steps), _stepped(rules.area / width, steps)
    one = Sizes(width=by_width, height=_stepped(by_width / own, steps))
    other = Sizes(width=_stepped(by_height * own, steps), height=by_height)
    is_one = _strayed(one, own) < _strayed(other, own)
    return Sizes(
        width=np.where(is_one, by_width, _nearly(by_height * own)),
        height=np.where(is_one, _nearly(by_width / own), by_height),
    )


def _strayed(sizes: Sizes, ratios: FloatArray) -> FloatArray:
    """How far the ratios of sizes are from others; infinitely where there is no height."""
    return np.where(sizes.height > 0, np.abs(sizes.width / np.maximum(sizes.height, 1) - ratios), np.inf)


def _stepped(edges: FloatArray, steps: int) -> IntArray:
    return _nearly(edges) // steps * steps


def _nearly(edges: FloatArray | IntArray) -> IntArray:
    """Pixels, halves up."""
    return (edges + 0.5).astype(np.int64)
