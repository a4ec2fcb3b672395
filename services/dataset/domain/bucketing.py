"""What becomes of pictures: the bucket each falls in and the cut, or the reason why it is left out. Pure.

`plan_sizes` does it for arrays of sizes, `place` is the same for one picture.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.dataset.domain.cuts import CROPS_BY, CropBy, Cuts, Room, cut
from services.dataset.domain.draws import Draws
from services.dataset.domain.exclusions import NONE, Codes, Exclusion, by_fit, by_limits, explain
from services.dataset.domain.geometry import Fits, downsampled, fit
from services.dataset.domain.kohya_buckets import kohya_fit
from services.dataset.domain.rules import Rules, Size
from services.dataset.domain.shapes import choose_shapes
from services.dataset.domain.sizes import FloatArray, IntArray, Sizes, rounded

BUCKETING_REVISION = 2

_BLOCK_ROWS = 16_384  # of which the arrays in between stay in the processor's cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The upright picture is resized to `resized`, then `bucket` is cut out of it at `left`, `top`."""

    bucket: Size
    resized: Size
    left: int
    top: int
    crop_by: CropBy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What becomes of n pictures. Where `codes` is not 0 a picture is left out; the rest is how it would be.

    Of a picture that has no shape at all the rest means nothing.
    """

    rules: Rules
    originals: Sizes
    codes: Codes  # places in `REASONS`
    bucket: Sizes
    resized: Sizes
    left: IntArray
    top: IntArray
    crop_by: NDArray[np.int8]  # places in `CROPS_BY`

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Placement | Exclusion]:
        return (self.at(row) for row in range(len(self)))

    def at(self, row: int) -> Placement | Exclusion:
        """What becomes of one picture."""
        bucket, resized, code = self.bucket.at(row), self.resized.at(row), int(self.codes[row])
        if code != NONE:
            return explain(code, self.originals.at(row), resized, bucket, self.rules)
        return Placement(
            bucket=bucket,
            resized=resized,
            left=int(self.left[row]),
            top=int(self.top[row]),
            crop_by=CROPS_BY[self.crop_by[row]],
        )


def place(
    original: Size, rules: Rules, draws: Draws, face: tuple[float, float] | None = None
) -> Placement | Exclusion:
    """`plan_sizes` of one picture of the upright size `original`; `draws` has one sample."""
    alone = Sizes(width=np.array([original.width]), height=np.array([original.height]))
    return plan_sizes(alone, rules, draws, None if face is None else np.array([face])).at(0)


def plan_sizes(originals: Sizes, rules: Rules, draws: Draws, faces: FloatArray | None = None) -> Plan:
    """Place n pictures, each on its own: what becomes of one depends on no other.

    Args:
        originals: (n,) upright sizes in pixels, at least 1, at most 2**27 pixels each.
        rules: the entry's.
        draws: n of them, for what is random.
        faces: (n, 2), see `cut`; with `crop_style` face.
    """
    parts = list(_parts(originals, rules, draws, faces))
    return Plan(
        rules=rules,
        originals=originals,
        codes=np.concatenate([codes for codes, _, _ in parts]),
        bucket=_joined([found.target for _, found, _ in parts]),
        resized=_joined([found.resized for _, found, _ in parts]),
        left=np.concatenate([cuts.left for _, _, cuts in parts]),
        top=np.concatenate([cuts.top for _, _, cuts in parts]),
        crop_by=np.concatenate([cuts.by for _, _, cuts in parts]),
    )


def _parts(
    originals: Sizes, rules: Rules, draws: Draws, faces: FloatArray | None
) -> Iterator[tuple[Codes, Fits, Cuts]]:
    for start in range(0, max(len(originals), 1), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        own, drawn = originals.take(block), draws.part(block.start, block.stop)
        codes, found = _fitted(own, rules, drawn)
        room = Room(originals=own, resized=found.resized, target=found.target, wanted=codes == NONE)
        yield codes, found, cut(room, rules.crop_style, drawn, None if faces is None else faces[block])


def _fitted(originals: Sizes, rules: Rules, draws: Draws) -> tuple[Codes, Fits]:
    limits = by_limits(originals, rules)
    if rules.kohya is not None:
        found, refused = kohya_fit(originals, rules.kohya), np.zeros_like(limits)
    else:
        ratios, refused = choose_shapes(originals, rules, draws)
        found = fit(originals, ratios, rules)
        found = Fits(target=found.target, resized=_before_cut(originals, found, rules))
    thin = by_fit(originals, found.target, found.resized, rules)
    return np.where(limits != NONE, limits, np.where(refused != NONE, refused, thin)), found


def _before_cut(originals: Sizes, found: Fits, rules: Rules) -> Sizes:
    """Above the maximum, a picture that is cropped keeps more of its scene: it is made smaller first."""
    if not (rules.crop and rules.maximum and rules.downsample):
        return found.resized
    longer = np.maximum(originals.width, originals.height)
    is_above = originals.area > rules.maximum * 1e6 if rules.in_area else longer > rules.maximum
    rows = np.flatnonzero(is_above & (rounded(originals.ratio, rules.rounding) > 0))
    if not len(rows):
        return found.resized
    smaller = downsampled(originals.take(rows), found.target.take(rows), rules, to=rules.downsample)
    return found.resized.replaced(rows, smaller)


def _joined(parts: list[Sizes]) -> Sizes:
    return Sizes(
        width=np.concatenate([part.width for part in parts]),
        height=np.concatenate([part.height for part in parts]),
    )
