"""Rules, sizes and draws for tests of planning."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from bakehouse.manifest.identity import sample_id
from services.dataset.domain.bucketing import Plan, plan_sizes
from services.dataset.domain.draws import Draws
from services.dataset.domain.rules import AspectChoice, CropAspect, CropStyle, KohyaRules, Rules, Size
from services.dataset.domain.sizes import IntArray, Sizes, sizes_of

SIZES = st.lists(st.builds(Size, width=st.integers(1, 9000), height=st.integers(1, 9000)), min_size=1)


def rules(**options: Any) -> Rules:
    return Rules(**{"in_area": True, "resolution": 1.048576, "crop_style": CropStyle.CENTER, **options})


def draws(num: int, seed: int = 0) -> Draws:
    return Draws(seed=seed, sample_ids=[sample_id("cats", f"{n}.png") for n in range(num)])


def planned(sizes: list[Size], given: Rules) -> Plan:
    return plan_sizes(sizes_of(sizes), given, draws(len(sizes)))


def every_size(edges: IntArray) -> Sizes:
    """Each edge by each edge."""
    return Sizes(width=np.repeat(edges, len(edges)), height=np.tile(edges, len(edges)))


def _lengths(in_area: bool) -> st.SearchStrategy[float]:
    return st.sampled_from([0.0625, 0.25, 1.048576, 2.0] if in_area else [64.0, 512.0, 1000.0, 1024.0])


@st.composite
def any_rules(draw: st.DrawFn) -> Rules:
    """Rules of every kind but kohya's, without downsampling, all of whose buckets have one edge in common."""
    in_area = draw(st.booleans())
    step = 64 if in_area else draw(st.sampled_from([8, 16, 64]))
    aspects = draw(st.lists(st.floats(0.2, 5.0), min_size=1, max_size=5))
    weights = draw(st.lists(st.floats(0.1, 9.0), min_size=5, max_size=5))
    return Rules(
        in_area=in_area,
        resolution=draw(_lengths(in_area)),
        crop=draw(st.booleans()),
        crop_style=draw(st.sampled_from(CropStyle)),
        crop_aspect=draw(st.sampled_from(CropAspect)),
        choices=tuple(AspectChoice(aspect=a, weight=w) for a, w in zip(aspects, weights, strict=False)),
        max_upscale=draw(st.sampled_from([None, 0.0, 1.0])),
        alignment=step,
        rounding=draw(st.integers(1, 9)),
        maximum_area=draw(st.sampled_from([None, None, 1024 * 1024])),
        aspect_map=draw(
            st.sampled_from([{}, {1.0: Size(width=768, height=768), 1.5: Size(width=1280, height=832)}])
        ),
    )


@st.composite
def kohya_rules(draw: st.DrawFn) -> Rules:
    """Rules of kohya's bucketing."""
    steps = draw(st.sampled_from([8, 32, 64]))
    found = KohyaRules(
        width=draw(st.sampled_from([512, 768, 1024])),
        height=draw(st.sampled_from([512, 768, 1024])),
        minimum=draw(st.sampled_from([256, 512])),
        maximum=draw(st.sampled_from([1024, 2048])),
        steps=steps,
        no_upscale=draw(st.booleans()),
        enable_bucket=draw(st.booleans()),
    )
    return rules(kohya=found, alignment=steps, crop_style=draw(st.sampled_from(CropStyle)))
