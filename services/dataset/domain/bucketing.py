"""What becomes of one picture: the bucket it falls in and the cut, or the reason why it is left out. Pure."""

from dataclasses import dataclass
from math import floor, sqrt

from services.dataset.domain.draws import Draw
from services.dataset.domain.geometry import Fit, downsampled, fit, rounded_ratio
from services.dataset.domain.rules import AspectChoice, CropAspect, CropStyle, Rules, Size

BUCKETING_REVISION = 1

MAX_EDGE = 100_000  # no picture is resized to more than this, whatever its shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The upright picture is resized to `resized`, then `bucket` is cut out of it at `left`, `top`."""

    bucket: Size
    resized: Size
    left: int
    top: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Why a picture is left out: a word to count by, and a sentence for people."""

    reason: str
    detail: str


def place(original: Size, rules: Rules, draw: Draw) -> Placement | Exclusion:
    """Place a picture of the upright size `original`; `draw` decides what is random."""
    if refused := _too_small(original, rules) or _odd_aspect(original, rules):
        return refused
    chosen = _shape(original, rules, draw)
    if isinstance(chosen, Exclusion):
        return chosen
    target, resized = chosen.target, _before_cut(original, chosen, rules)
    if max(resized.width, resized.height) > MAX_EDGE or _outgrows(target, rules):
        return _too_thin(original)
    left, top = _corner(resized, target, rules.crop_style, draw)
    return Placement(bucket=target, resized=resized, left=left, top=top)


def _too_small(original: Size, rules: Rules) -> Exclusion | None:
    short, minimum = min(original.width, original.height), rules.minimum
    if not minimum:
        return None
    if not rules.in_area:
        limit, is_small = f"{minimum:g} px at the shorter edge", short < minimum
    else:
        # A square is cut out of it: then both edges must have what a square of that area has.
        edge = floor(sqrt(minimum * 1e6)) if rules.aspect is CropAspect.SQUARE else 0
        limit, is_small = f"{minimum:g} megapixels", original.area < minimum * 1e6 or short < edge
    return (
        Exclusion(reason="too_small", detail=f"{_shown(original)} is less than {limit}") if is_small else None
    )


def _odd_aspect(original: Size, rules: Rules) -> Exclusion | None:
    ratio = original.ratio
    if rules.minimum_aspect and ratio < rules.minimum_aspect:
        detail = f"{_shown(original)} has aspect {ratio:.3f}, below {rules.minimum_aspect:g}"
        return Exclusion(reason="aspect_below_minimum", detail=detail)
    if rules.maximum_aspect and ratio > rules.maximum_aspect:
        detail = f"{_shown(original)} has aspect {ratio:.3f}, above {rules.maximum_aspect:g}"
        return Exclusion(reason="aspect_above_maximum", detail=detail)
    return None


def _shape(original: Size, rules: Rules, draw: Draw) -> Fit | Exclusion:
    own = rounded_ratio(original, rules.rounding)
    if rules.aspect is CropAspect.SQUARE:
        return fit(original, 1.0, rules)
    if rules.aspect is CropAspect.PRESERVE:
        return fit(original, own, rules) if own > 0 else _too_thin(original)
    fits = [(choice, fit(original, choice.aspect, rules)) for choice in rules.choices]
    allowed = [(choice, found) for choice, found in fits if _is_allowed(original, found, rules)]
    if not allowed:
        limit = f"{100 * (rules.max_upscale or 0):g} %"
        return Exclusion(
            reason="upscaled_too_much",
            detail=f"{_shown(original)} would grow by more than {limit} in every bucket",
        )
    if rules.aspect is CropAspect.CLOSEST:
        return min(allowed, key=lambda pair: abs(pair[0].aspect - own))[1]
    return _drawn(allowed, draw)


def _is_allowed(original: Size, found: Fit, rules: Rules) -> bool:
    if rules.max_upscale is None:
        return True
    most = 1 + rules.max_upscale
    return found.target.width <= original.width * most and found.target.height <= original.height * most


def _drawn(allowed: list[tuple[AspectChoice, Fit]], draw: Draw) -> Fit:
    at = draw.fraction("aspect") * sum(choice.weight for choice, _ in allowed)
    for choice, found in allowed:
        at -= choice.weight
        if at < 0:
            return found
    return allowed[-1][1]


def _before_cut(original: Size, found: Fit, rules: Rules) -> Size:
    """Above the maximum, a picture that is cropped keeps more of its scene: it is made smaller first."""
    if not (rules.crop and rules.maximum and rules.downsample):
        return found.resized
    longer = max(original.width, original.height)
    above = original.area > rules.maximum * 1e6 if rules.in_area else longer > rules.maximum
    if not above or rounded_ratio(original, rules.rounding) <= 0:
        return found.resized
    return downsampled(original, found.target, rules, to=rules.downsample)


def _outgrows(target: Size, rules: Rules) -> bool:
    """Whether a shape is so thin that even its thinnest bucket is more than the model's canvas."""
    is_thin = rules.alignment in {target.width, target.height}
    return rules.maximum_area is not None and is_thin and target.area > rules.maximum_area


def _corner(resized: Size, target: Size, style: CropStyle, draw: Draw) -> tuple[int, int]:
    spare_x, spare_y = resized.width - target.width, resized.height - target.height
    match style:
        case CropStyle.CENTER:
            return spare_x // 2, spare_y // 2
        case CropStyle.CORNER:
            return 0, 0
        case CropStyle.RANDOM:
            return draw.below(spare_x + 1, "left"), draw.below(spare_y + 1, "top")


def _too_thin(original: Size) -> Exclusion:
    return Exclusion(reason="too_thin", detail=f"{_shown(original)} has no bucket; crop it to a fuller shape")


def _shown(size: Size) -> str:
    return f"{size.width}x{size.height} px"
