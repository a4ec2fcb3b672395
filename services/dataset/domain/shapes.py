"""Which shape each picture gets: its own, a square, or one of those that an entry lists."""

import numpy as np

from services.dataset.domain.draws import Draws
from services.dataset.domain.exclusions import TOO_THIN, UPSCALED, Codes
from services.dataset.domain.geometry import fit
from services.dataset.domain.rules import CropAspect, Rules
from services.dataset.domain.sizes import BoolArray, FloatArray, IntArray, Sizes, rounded


def choose_shapes(originals: Sizes, rules: Rules, draws: Draws) -> tuple[FloatArray, Codes]:
    """The ratios, width by height, that the pictures are to have, and why some have none.

    Returns:
        (n,) ratios, all above 0, and (n,) codes of reasons: where one is not 0 the ratio means nothing.
    """
    refused = np.zeros(len(originals), dtype=np.int8)
    if rules.aspect is CropAspect.SQUARE:
        return np.ones(len(originals)), refused
    own = rounded(originals.ratio, rules.rounding)
    if rules.aspect is CropAspect.PRESERVE:
        is_thin = own <= 0
        refused[is_thin] = TOO_THIN
        return np.where(is_thin, 1.0, own), refused
    allowed = _allowed(originals, rules)
    refused[~allowed.any(axis=1)] = UPSCALED
    if rules.aspect is CropAspect.CLOSEST:
        chosen = _closest(own, allowed, rules)
    else:
        chosen = _drawn(allowed, rules, draws)
    return np.array([choice.aspect for choice in rules.choices])[chosen], refused


def _allowed(originals: Sizes, rules: Rules) -> BoolArray:
    """(n, choices): whether a picture grows to the bucket of a shape by no more than it may."""
    num_choices = len(rules.choices)
    if rules.max_upscale is None:
        return np.ones((len(originals), num_choices), dtype=np.bool_)
    # The bucket of a shape depends on whether the picture is upright, and on nothing else of it.
    ratios = np.array([choice.aspect for choice in rules.choices] * 2)
    wide, narrow = np.full(num_choices, 2), np.full(num_choices, 1)
    models = Sizes(width=np.concatenate([wide, narrow]), height=np.concatenate([narrow, wide]))
    target = fit(models, ratios, rules).target
    is_portrait = (originals.width < originals.height).astype(np.int64)
    most = 1 + rules.max_upscale
    widths = target.width.reshape(2, num_choices)[is_portrait]
    heights = target.height.reshape(2, num_choices)[is_portrait]
    limits = originals.width * most, originals.height * most
    return (widths <= limits[0][:, None]) & (heights <= limits[1][:, None])


def _closest(own: FloatArray, allowed: BoolArray, rules: Rules) -> IntArray:
    """The nearest ratio, of equally near ones the first."""
    ratios = np.array([choice.aspect for choice in rules.choices])
    nearest: IntArray = np.argmin(np.where(allowed, np.abs(ratios - own[:, None]), np.inf), axis=1)
    return nearest


def _drawn(allowed: BoolArray, rules: Rules, draws: Draws) -> IntArray:
    """One of those that are allowed, by their weights."""
    weights = np.where(allowed, [choice.weight for choice in rules.choices], 0.0)
    rows = np.flatnonzero(allowed.any(axis=1))
    at = np.zeros(len(allowed))
    at[rows] = draws.fraction("aspect", rows) * np.cumsum(weights[rows], axis=1)[:, -1]
    left = np.subtract.accumulate(np.column_stack([at, weights]), axis=1)[:, 1:]
    is_reached = allowed & (left < 0)
    # What is left of a sum may be 0 and a rounding error: then it is the last.
    last = allowed.shape[1] - 1 - np.argmax(allowed[:, ::-1], axis=1)
    chosen: IntArray = np.where(is_reached.any(axis=1), np.argmax(is_reached, axis=1), last)
    return chosen
