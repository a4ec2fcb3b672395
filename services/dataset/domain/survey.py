"""Pictures surveyed by the sizes that a table declares: what would become of them, in numbers. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from bakehouse.canonical_json import Json
from bakehouse.manifest.identity import sample_id
from bakehouse.manifest.schema import EXCLUDED, KEPT
from services.dataset.domain.bucketing import Plan, plan_sizes
from services.dataset.domain.draws import Draws
from services.dataset.domain.exclusions import NONE, REASONS
from services.dataset.domain.rules import CropAspect, CropStyle, Rules, Size
from services.dataset.domain.sizes import Sizes

UNKNOWN = "unknown_size"

_CHUNK_ROWS = 65_536
_EDGE_BITS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """A picture that a table declares: its name where shapes are drawn by it, and its size; or why not."""

    size: Size | None = None
    name: str = ""
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Survey:
    """What would become of pictures, in numbers: by reason, and by bucket of those that are kept."""

    counts: Counter[str] = field(default_factory=Counter)
    buckets: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Survey") -> None:
        """Count another's pictures, too."""
        self.counts.update(other.counts)
        self.buckets.update(other.buckets)

    def to_json(self) -> dict[str, Json]:
        """As the job's result has it; only what there is any of."""
        return {
            "counts": {name: number for name, number in sorted(self.counts.items()) if number},
            "buckets": dict(sorted(self.buckets.items())),
        }


def survey_rows(rows: Iterable[Surveyed], rules: Rules, *, entry: str, seed: int) -> Survey:
    """What would become of pictures, counted in flat memory."""
    survey, remaining = Survey(), iter(rows)
    bucketed = replace(rules, crop_style=CropStyle.CENTER)  # where the cut is made changes no number
    while chunk := list(islice(remaining, _CHUNK_ROWS)):
        survey.counts.update(row.reason or UNKNOWN for row in chunk if row.size is None)
        known = [row for row in chunk if row.size is not None]
        if known:
            _count(plan_sizes(_sizes(known), bucketed, _draws(known, rules, entry, seed)), survey)
    return survey


def _count(plan: Plan, survey: Survey) -> None:
    codes, numbers = np.unique(plan.codes, return_counts=True)
    for code, number in zip(codes.tolist(), numbers.tolist(), strict=True):
        survey.counts[KEPT if code == NONE else f"{EXCLUDED}.{REASONS[code]}"] += number
    is_kept = plan.codes == NONE
    packed = (plan.bucket.width[is_kept] << _EDGE_BITS) | plan.bucket.height[is_kept]
    sizes, numbers = np.unique(packed, return_counts=True)
    for size, number in zip(sizes.tolist(), numbers.tolist(), strict=True):
        survey.buckets[f"{size >> _EDGE_BITS}x{size & (1 << _EDGE_BITS) - 1}"] += number


def _sizes(rows: Sequence[Surveyed]) -> Sizes:
    return Sizes(
        width=np.array([row.size.width for row in rows if row.size], dtype=np.int64),
        height=np.array([row.size.height for row in rows if row.size], dtype=np.int64),
    )


def _draws(rows: Sequence[Surveyed], rules: Rules, entry: str, seed: int) -> Draws:
    if rules.aspect is not CropAspect.RANDOM:  # nothing is drawn
        return Draws(seed=seed, sample_ids=[sample_id(entry, "any")] * len(rows))
    return Draws(seed=seed, sample_ids=[sample_id(entry, row.name) for row in rows])
