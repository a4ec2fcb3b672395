"""The size that a picture is trained at, and the size it is resized to before it is cut: SimpleTuner's rules.

Source: facts about SimpleTuner's dataset semantics, sections 2 to 5. Where its results distort or pad a
picture, the picture keeps its ratio here and covers the target.
"""

from dataclasses import dataclass
from math import sqrt

from services.dataset.domain.rules import CropAspect, Rules, Size

GEOMETRY_REVISION = 1

_SQUARE = 1.0
# What people mean by a quarter of a megapixel and by one, at any alignment.
_NAMED_EDGES = {0.25: 512, 1.0: 1024}
_NAMED_WITHIN = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The bucket's size, and the size of the whole picture before the bucket is cut out of it."""

    target: Size
    resized: Size


def aligned(edge: float, alignment: int) -> int:
    """`edge` to the nearest multiple of `alignment`, ties to the even one, at least one `alignment`."""
    return max(alignment, alignment * round(edge / alignment))


def rounded_ratio(size: Size, digits: int) -> float:
    """Width by height to `digits` decimals, as buckets are named."""
    return round(size.ratio, digits)


def fit(original: Size, ratio: float, rules: Rules) -> Fit:
    """The fit of a picture of size `original` to the shape `ratio`, which is greater than 0."""
    found = (_fit_area if rules.in_area else _fit_pixel)(original, ratio, rules)
    target = _within_canvas(found.target, rules)
    if rounded_ratio(target, rules.rounding) == _SQUARE and not _is_mapped(target, rules):
        edge = _square_edge(rules)
        target = Size(width=edge, height=edge)
        if rules.aspect is CropAspect.SQUARE:
            target = _within_canvas(target, rules)
    return Fit(target=target, resized=_covering(found.resized, target, original, rules))


def downsampled(original: Size, target: Size, rules: Rules, *, to: float) -> Size:
    """The size of the picture before the cut where it is first brought to about `to`, in the rules' unit."""
    ratio = rounded_ratio(original, rules.rounding)
    measure = _fit_area if rules.in_area else _fit_pixel
    resized = measure(original, ratio, rules, to).resized
    if resized.width < target.width:
        scale = target.width / resized.width
        resized = Size(width=target.width, height=int(resized.height * scale))
    if resized.height < target.height:
        scale = target.height / resized.height
        resized = Size(width=int(resized.width * scale), height=target.height)
    return _covering(resized, target, original, rules)


def _covering(size: Size, target: Size, original: Size, rules: Rules) -> Size:
    """`size`, or, where it doesn't cover `target`, the smallest of the original's shape that covers it."""
    if size.covers(target):
        return size
    if target.width == target.height and rounded_ratio(original, rules.rounding) == _SQUARE:
        return target  # stretched by what the rounding hides, half a percent at most
    scale = max(target.width / original.width, target.height / original.height)
    return Size(
        width=max(target.width, int(original.width * scale)),
        height=max(target.height, int(original.height * scale)),
    )


def _fit_area(original: Size, ratio: float, rules: Rules, megapixels: float | None = None) -> Fit:
    edge = _edge(megapixels or rules.resolution, rules)
    own = original.ratio
    if ratio == _SQUARE and original.width == original.height:
        computed = Size(width=edge, height=edge)
    else:
        root = sqrt(ratio)
        computed = Size(
            width=aligned(edge * root, rules.alignment), height=aligned(edge / root, rules.alignment)
        )
    target = rules.aspect_map.get(str(rounded_ratio(computed, rules.rounding)), computed)
    if computed.width < computed.height:
        resized = Size(width=target.width, height=int(target.width / own))
    else:
        resized = Size(width=int(target.height * own), height=target.height)
    return Fit(target=target, resized=_grown(resized, target, own))


def _grown(size: Size, target: Size, ratio: float) -> Size:
    if size.width < target.width:
        more = target.width - size.width
        return Size(width=target.width, height=size.height + int(more / ratio))
    if size.height < target.height:
        more = target.height - size.height
        return Size(width=size.width + int(more * ratio), height=target.height)
    return size


def _fit_pixel(original: Size, ratio: float, rules: Rules, pixels: float | None = None) -> Fit:
    short = int(pixels or rules.resolution)
    portrait = original.width < original.height
    width, height = (short, int(short / ratio)) if portrait else (int(short * ratio), short)
    target = Size(width=aligned(width, rules.alignment), height=aligned(height, rules.alignment))
    own = original.ratio
    if portrait:
        resized_width = max(target.width, width)
        resized = Size(width=resized_width, height=int(resized_width / own))
        if resized.height < target.height:
            resized = Size(width=int(target.height * own), height=target.height)
    else:
        resized_height = max(target.height, height)
        resized = Size(width=int(resized_height * own), height=resized_height)
        if resized.width < target.width:
            resized = Size(width=target.width, height=int(target.width / own))
    return Fit(target=target, resized=resized)


def _edge(megapixels: float, rules: Rules) -> int:
    return aligned(int(sqrt(megapixels * 1e6)), rules.alignment)


def _square_edge(rules: Rules) -> int:
    """One edge for every square of an entry."""
    if not rules.in_area:
        return aligned(rules.resolution, rules.alignment)
    for megapixels, edge in _NAMED_EDGES.items():
        is_near = abs(rules.resolution - megapixels) < _NAMED_WITHIN
        if is_near and aligned(int(sqrt(rules.resolution * 1e6)), 64) == edge:
            return edge
    return _edge(rules.resolution, rules)


def _is_mapped(target: Size, rules: Rules) -> bool:
    return rules.in_area and target in rules.aspect_map.values()


def _within_canvas(target: Size, rules: Rules) -> Size:
    """`target`, or the largest size like it that a model's canvas takes."""
    if not rules.maximum_area or target.area <= rules.maximum_area:
        return target
    step, scale = rules.alignment, sqrt(rules.maximum_area / target.area)
    width, height = (aligned(edge * scale, step) for edge in (target.width, target.height))
    if width * height > rules.maximum_area:
        width, height = (width - step, height) if width > height else (width, height - step)
    if width * height > rules.maximum_area:
        width, height = (width, height - step) if width > height else (width - step, height)
    return Size(width=max(width, step), height=max(height, step))
