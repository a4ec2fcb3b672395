"""Why pictures are left out by their sizes alone: a word to count by, and a sentence for people."""

from dataclasses import dataclass
from math import floor, sqrt

import numpy as np
from numpy.typing import NDArray

from services.dataset.domain.rules import MAX_EDGE, MAX_STRETCH, CropAspect, Rules, Size
from services.dataset.domain.sizes import BoolArray, Sizes

# A plan names a reason by its place in here; 0 is none.
REASONS = (
    "",
    "too_small",
    "aspect_below_minimum",
    "aspect_above_maximum",
    "upscaled_too_much",
    "too_thin",
)
NONE, TOO_SMALL, ASPECT_BELOW, ASPECT_ABOVE, UPSCALED, TOO_THIN = range(len(REASONS))

Codes = NDArray[np.int8]  # of reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Why a picture is left out: a word to count by, and a sentence for people."""

    reason: str
    detail: str


def by_limits(originals: Sizes, rules: Rules) -> Codes:
    """The reasons that lie in the pictures themselves: (n,), 0 where there is none."""
    ratio = originals.ratio
    found = np.zeros(len(originals), dtype=np.int8)
    if rules.maximum_aspect:
        found[ratio > rules.maximum_aspect] = ASPECT_ABOVE
    if rules.minimum_aspect:
        found[ratio < rules.minimum_aspect] = ASPECT_BELOW
    if rules.minimum:
        found[_is_small(originals, rules)] = TOO_SMALL
    return found


def by_fit(originals: Sizes, target: Sizes, resized: Sizes, rules: Rules) -> Codes:
    """The reasons that lie in what a picture would become: (n,), 0 where there is none."""
    longest = np.maximum(resized.width, resized.height)
    bucket = np.maximum(target.width, target.height)
    is_thin = (longest > MAX_STRETCH * bucket) | (longest > MAX_EDGE)
    if rules.maximum_area is not None:  # a shape so thin that its thinnest bucket is more than the canvas
        is_least = (target.width == rules.alignment) | (target.height == rules.alignment)
        is_thin |= is_least & (target.area > rules.maximum_area)
    found = np.where(is_thin, TOO_THIN, NONE).astype(np.int8)
    if rules.kohya is not None:
        shorter = np.minimum(originals.width, originals.height)
        is_empty = np.minimum(target.width, target.height) < 1
        found[is_empty] = TOO_THIN
        found[is_empty & (shorter < rules.kohya.steps)] = TOO_SMALL
    return found


def explain(code: int, original: Size, resized: Size, target: Size, rules: Rules) -> Exclusion:
    """The reason `code`, which is not 0, for one picture."""
    says = {
        TOO_SMALL: lambda: f"is less than {_smallest(original, rules)}",
        ASPECT_BELOW: lambda: f"has aspect {original.ratio:.3f}, below {rules.minimum_aspect:g}",
        ASPECT_ABOVE: lambda: f"has aspect {original.ratio:.3f}, above {rules.maximum_aspect:g}",
        UPSCALED: lambda: f"would grow by more than {100 * (rules.max_upscale or 0):g} % in every bucket",
        TOO_THIN: lambda: _thinness(resized, target),
    }
    return Exclusion(reason=REASONS[code], detail=f"{_shown(original)} {says[code]()}")


def _is_small(originals: Sizes, rules: Rules) -> BoolArray:
    shorter = np.minimum(originals.width, originals.height)
    if not rules.in_area:
        return shorter < rules.minimum
    return (originals.area < rules.minimum * 1e6) | (shorter < _square_edge(rules))


def _square_edge(rules: Rules) -> int:
    """A square is cut out of a picture: then both edges must have what a square of the least area has."""
    return floor(sqrt(rules.minimum * 1e6)) if rules.aspect is CropAspect.SQUARE else 0


def _smallest(original: Size, rules: Rules) -> str:
    if rules.kohya is not None and not (rules.minimum and _is_small(_alone(original), rules)[0]):
        return f"{rules.kohya.steps} px at an edge, the smallest that bucket_no_upscale makes a bucket of"
    if not rules.in_area:
        return f"{rules.minimum:g} px at the shorter edge"
    edge = sqrt(rules.minimum * 1e6)
    return f"the area of {edge:.0f}x{edge:.0f} px"


def _thinness(resized: Size, target: Size) -> str:
    if max(resized.width, resized.height) <= MAX_STRETCH * max(target.width, target.height):
        return "has no bucket; crop it to a fuller shape"
    return (
        f"would become {_shown(resized)} for a cut of {_shown(target)}, {MAX_STRETCH} times shorter or more;"
        " crop it to a fuller shape"
    )


def _alone(size: Size) -> Sizes:
    return Sizes(width=np.array([size.width]), height=np.array([size.height]))


def _shown(size: Size) -> str:
    return f"{size.width}x{size.height} px"
