"""A million sizes planned on one core, and the bare arithmetic of their targets in NumPy beside it.

The bare loop computes target, size before the cut and the middle, by blocks as the plan does, for pictures
that keep their shape; it rounds as NumPy does, has no limits, reasons nor random numbers: it is to be
compared with the first rules. Of a cut at random most is SHA-256, a hash for each number that is drawn. A
size is as wide and as high as chance has it, 256 to 6,000 px. In brackets: the processor's time alone.
"""

from typing import Any

import numpy as np

from bakehouse.manifest.identity import SAMPLE_ID_BYTES, SampleId
from bench.fresh_process import measure
from bench.timing import Timed, on_one_core, timed
from services.dataset.domain.bucketing import plan_sizes
from services.dataset.domain.draws import Draws
from services.dataset.domain.rules import AspectChoice, CropAspect, CropStyle, KohyaRules, Rules
from services.dataset.domain.sizes import Sizes

SIZES = 1_000_000
EDGE = 1024

_REPEATS = 5
_BLOCK_ROWS = 16_384
_SHAPES = tuple(AspectChoice(aspect=aspect) for aspect in (1.0, 0.5, 0.66, 0.75, 1.33, 1.5, 1.78, 2.0))
_CHOOSING: dict[str, Any] = {"crop": True, "choices": _SHAPES}
KINDS: dict[str, dict[str, Any]] = {
    "own shape, cut from the middle": {"crop_style": CropStyle.CENTER},
    "own shape, cut at random": {},
    "square, cut at random": {"crop": True},
    "shorter edge, cut at random": {"in_area": False, "resolution": EDGE},
    "closest of 8 shapes, growth limited": {
        **_CHOOSING,
        "crop_aspect": CropAspect.CLOSEST,
        "max_upscale": 0.2,
    },
    "random of 8 shapes": {**_CHOOSING, "crop_aspect": CropAspect.RANDOM},
    "made smaller first": {
        "crop": True,
        "crop_aspect": CropAspect.PRESERVE,
        "maximum": 4.0,
        "downsample": 2.0,
    },
    "kohya": {"kohya": KohyaRules(width=EDGE, height=EDGE, maximum=2048)},
    "kohya, no growth": {"kohya": KohyaRules(width=EDGE, height=EDGE, maximum=2048, no_upscale=True)},
}


def main() -> None:
    print(f"{SIZES:,} sizes; best of {_REPEATS}\n")
    print("| rules | seconds (CPU) | peak RSS, MiB | to the bare loop |")
    print("|---|---|---|---|")
    for number, name in enumerate(KINDS):
        found = measure(run, name)
        planned, bare = found.result
        ratio = "" if number else f"{planned.cpu_s / bare.cpu_s:.1f}"
        print(f"| {name} | {planned} | {found.peak_mib:.0f} | {ratio} |")
    print(f"| the bare loop | {bare} | | 1 |")


def run(name: str) -> tuple[Timed, Timed]:
    """The plan and the bare loop, on one core."""
    on_one_core()
    rules = Rules(**{"in_area": True, "resolution": EDGE * EDGE / 1e6, **KINDS[name]})
    random = np.random.default_rng(0)
    sizes = Sizes(width=random.integers(256, 6001, SIZES), height=random.integers(256, 6001, SIZES))
    draws = Draws(seed=0, sample_ids=[SampleId(random.bytes(SAMPLE_ID_BYTES)) for _ in range(SIZES)])
    plan = timed(lambda: plan_sizes(sizes, rules, draws), repeats=_REPEATS)
    return plan, timed(lambda: bare_loop(sizes, EDGE), repeats=_REPEATS)


def bare_loop(sizes: Sizes, edge: int, alignment: int = 64) -> None:
    outputs = [np.empty(len(sizes), dtype=np.int64) for _ in range(6)]
    for start in range(0, len(sizes), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        width, height = sizes.width[rows], sizes.height[rows]
        own = width / height
        root = np.sqrt(np.round(own, 2))
        target = [
            np.maximum(alignment, alignment * np.rint(length / alignment))
            for length in (edge * root, edge / root)
        ]
        is_square = np.round(target[0] / target[1], 2) == 1.0
        target = [np.where(is_square, edge, length) for length in target]
        scale = np.maximum(target[0] / width, target[1] / height)
        resized = [np.trunc(length * scale) for length in (width, height)]
        offsets = [(large - small) // 2 for large, small in zip(resized, target, strict=True)]
        for output, column in zip(outputs, (*target, *resized, *offsets), strict=True):
            output[rows] = column


if __name__ == "__main__":
    main()
