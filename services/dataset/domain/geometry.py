"""The sizes that pictures are trained at, and are resized to before they are cut: SimpleTuner's rules.

Source: facts about SimpleTuner's dataset semantics, sections 2 to 5. Where its results distort or pad a
picture, the picture keeps its ratio here and covers the target.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from services.dataset.domain.rules import CropAspect, Rules, Size
from services.dataset.domain.sizes import BoolArray, FloatArray, IntArray, Sizes, rounded

GEOMETRY_REVISION = 2

_SQUARE = 1.0
# What people mean by a quarter of a megapixel and by one, at any alignment.
_NAMED_EDGES = {0.25: 512, 1.0: 1024}
_NAMED_WITHIN = 0.05
_NAMED_ALIGNMENT = 64
_SEEN_DIGITS = 2  # of a ratio


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fits:
    """The buckets' sizes, and the sizes of the whole pictures before the buckets are cut out of them."""

    target: Sizes
    resized: Sizes


def aligned(edges: FloatArray | IntArray, alignment: int) -> IntArray:
    """`edges` to the nearest multiples of `alignment`, ties to the even ones, at least one `alignment`."""
    steps = np.rint(edges / alignment).astype(np.int64)
    return np.maximum(alignment, alignment * steps)


def aligned_edge(edge: float, alignment: int) -> int:
    """`aligned` of one edge."""
    return max(alignment, alignment * round(edge / alignment))


def fit(originals: Sizes, ratios: FloatArray, rules: Rules) -> Fits:
    """The fits of pictures to shapes.

    Args:
        originals: (n,) upright sizes.
        ratios: (n,) width by height of the shape that each is to have, greater than 0.
        rules: whose `kohya` is None.
    """
    if rules.in_area:
        found, is_mapped = _fit_area(originals, ratios, rules, rules.resolution)
    else:
        found = _fit_pixel(originals, ratios, rules, rules.resolution)
        is_mapped = np.zeros(len(originals), dtype=np.bool_)
    target = _within_canvas(found.target, rules)
    is_square = (rounded(target.ratio, rules.rounding) == _SQUARE) & ~is_mapped
    if is_square.any():
        target = target.replaced(is_square, _square(rules))
    return Fits(target=target, resized=_covering(found.resized, target, originals, rules))


def downsampled(originals: Sizes, target: Sizes, rules: Rules, *, to: float) -> Sizes:
    """The sizes before the cut of pictures that are first brought to about `to`, in the rules' unit.

    All arrays are (n,); no ratio of `originals` is 0 where it is rounded.
    """
    ratios = rounded(originals.ratio, rules.rounding)
    if rules.in_area:
        resized = _fit_area(originals, ratios, rules, to)[0].resized
    else:
        resized = _fit_pixel(originals, ratios, rules, to).resized
    width, height = resized.width, resized.height
    scale = target.width / width
    is_low = width < target.width
    width, height = (
        np.where(is_low, target.width, width),
        np.where(is_low, np.trunc(height * scale).astype(np.int64), height),
    )
    scale = target.height / height
    is_low = height < target.height
    width, height = (
        np.where(is_low, np.trunc(width * scale).astype(np.int64), width),
        np.where(is_low, target.height, height),
    )
    return _covering(Sizes(width=width, height=height), target, originals, rules)


def _covering(sizes: Sizes, target: Sizes, originals: Sizes, rules: Rules) -> Sizes:
    """`sizes`, and where they don't cover `target` the smallest of the originals' shape that do."""
    rows = np.flatnonzero(~sizes.covers(target))
    if not len(rows):
        return sizes
    bucket, picture = target.take(rows), originals.take(rows)
    scale = np.maximum(bucket.width / picture.width, bucket.height / picture.height)
    found = Sizes(
        width=np.maximum(bucket.width, _whole(picture.width * scale)),
        height=np.maximum(bucket.height, _whole(picture.height * scale)),
    )
    # What is a square but for half a percent becomes one, as there: nobody sees it.
    seen = rounded(picture.ratio, max(rules.rounding, _SEEN_DIGITS))
    is_square = (bucket.width == bucket.height) & (seen == _SQUARE)
    return sizes.replaced(rows, found.replaced(is_square, bucket.take(is_square)))


def _fit_area(
    originals: Sizes, ratios: FloatArray, rules: Rules, megapixels: float
) -> tuple[Fits, BoolArray]:
    """The fits, and which of them have a size of the entry's own map."""
    edge, own, root = _edge(megapixels, rules), originals.ratio, np.sqrt(ratios)
    computed = Sizes(
        width=aligned(edge * root, rules.alignment), height=aligned(edge / root, rules.alignment)
    )
    target, is_mapped = _mapped(computed, rules)
    is_portrait = computed.width < computed.height
    width = np.where(is_portrait, target.width, _whole(target.height * own))
    height = np.where(is_portrait, _whole(target.width / own), target.height)
    resized = _grown(Sizes(width=width, height=height), target, own)
    return Fits(target=target, resized=resized), is_mapped


def _mapped(computed: Sizes, rules: Rules) -> tuple[Sizes, BoolArray]:
    is_mapped = np.zeros(len(computed), dtype=np.bool_)
    if not rules.aspect_map:
        return computed, is_mapped
    buckets, target = rounded(computed.ratio, rules.rounding), computed
    for ratio, size in rules.aspect_map.items():
        rows = buckets == ratio
        if rows.any():
            target = target.replaced(rows, size)
            is_mapped |= rows
    return target, is_mapped


def _grown(sizes: Sizes, target: Sizes, ratios: FloatArray) -> Sizes:
    """The sizes, where one edge is below the target's grown along both by what is missing there."""
    wider, higher = target.width - sizes.width, target.height - sizes.height
    is_narrow = wider > 0
    is_low = ~is_narrow & (higher > 0)
    width = np.where(is_narrow, target.width, sizes.width)
    height = np.where(is_narrow, sizes.height + _whole(wider / ratios), sizes.height)
    return Sizes(
        width=np.where(is_low, width + _whole(higher * ratios), width),
        height=np.where(is_low, target.height, height),
    )


def _fit_pixel(originals: Sizes, ratios: FloatArray, rules: Rules, pixels: float) -> Fits:
    short, own = int(pixels), originals.ratio
    is_portrait = originals.width < originals.height
    width = np.where(is_portrait, short, _whole(short * ratios))
    height = np.where(is_portrait, _whole(short / ratios), short)
    target = Sizes(width=aligned(width, rules.alignment), height=aligned(height, rules.alignment))
    widest, highest = np.maximum(target.width, width), np.maximum(target.height, height)
    resized = Sizes(
        width=np.where(is_portrait, widest, _whole(highest * own)),
        height=np.where(is_portrait, _whole(widest / own), highest),
    )
    is_low, is_narrow = resized.height < target.height, resized.width < target.width
    is_low, is_narrow = is_low & is_portrait, is_narrow & ~is_portrait
    by_height = Sizes(width=_whole(target.height * own), height=target.height)
    by_width = Sizes(width=target.width, height=_whole(target.width / own))
    resized = resized.replaced(is_low, by_height.take(is_low))
    return Fits(target=target, resized=resized.replaced(is_narrow, by_width.take(is_narrow)))


def _edge(megapixels: float, rules: Rules) -> int:
    return aligned_edge(int(sqrt(megapixels * 1e6)), rules.alignment)


def _square(rules: Rules) -> Size:
    """One edge for every square of an entry."""
    edge = _square_edge(rules)
    square = Size(width=edge, height=edge)
    if rules.aspect is not CropAspect.SQUARE:
        return square
    return _within_canvas(Sizes(width=np.array([edge]), height=np.array([edge])), rules).at(0)


def _square_edge(rules: Rules) -> int:
    if not rules.in_area:
        return aligned_edge(rules.resolution, rules.alignment)
    for megapixels, edge in _NAMED_EDGES.items():
        is_near = abs(rules.resolution - megapixels) < _NAMED_WITHIN
        if is_near and aligned_edge(int(sqrt(rules.resolution * 1e6)), _NAMED_ALIGNMENT) == edge:
            return edge
    return _edge(rules.resolution, rules)


def _within_canvas(target: Sizes, rules: Rules) -> Sizes:
    """`target`, where it is more than the model's canvas the largest size like it that is not."""
    if not rules.maximum_area:
        return target
    rows = np.flatnonzero(target.area > rules.maximum_area)
    if not len(rows):
        return target
    large, step = target.take(rows), rules.alignment
    scale = np.sqrt(rules.maximum_area / large.area)
    width, height = aligned(large.width * scale, step), aligned(large.height * scale, step)
    is_wide, is_above = width > height, width * height > rules.maximum_area
    width, height = width - step * (is_above & is_wide), height - step * (is_above & ~is_wide)
    is_wide, is_above = width > height, width * height > rules.maximum_area
    # the other edge this time
    width, height = width - step * (is_above & ~is_wide), height - step * (is_above & is_wide)
    found = Sizes(width=np.maximum(width, step), height=np.maximum(height, step))
    return target.replaced(rows, found)


def _whole(values: FloatArray | IntArray) -> IntArray:
    """Python's `int` of each, which are 0 or more."""
    return values.astype(np.int64)
