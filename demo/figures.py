"""The figures of a report: how good the tagger, the base and the adapter are, and what was asked of them."""

from collections.abc import Sequence
from pathlib import Path

import torch

from demo.grammar import CONCEPT
from demo.judge import Figure as Judged
from demo.judge import judge_base, judge_tagger
from demo.places import BASE, TAGGER
from demo.report.story import Figure
from demo.sampling import load_pipeline
from demo.tagging import Tagger

NUM_THREADS = 2


def measure(adapter: Path, *, num_samples: int, seed: int) -> list[Figure]:
    """Judge the tagger on drawn pictures, and the base with and without the adapter on prompts.

    Takes no longer than drawing 4 x `num_samples` pictures. The same seed gives the same figures.
    """
    torch.set_num_threads(NUM_THREADS)
    tagger = Tagger(TAGGER, num_threads=NUM_THREADS)
    return figures_of(
        judge_tagger(tagger, num_samples, seed),
        before=judge_base(load_pipeline(BASE), tagger, num_samples, seed),
        after=judge_base(load_pipeline(BASE, adapter), tagger, num_samples, seed),
    )


def figures_of(unseen: Judged, *, before: Sequence[Judged], after: Sequence[Judged]) -> list[Figure]:
    """What was asked, beside what was judged: of drawn pictures, then of plain prompts and of the trigger."""
    plain_before, concept_before = before
    plain_after, concept_after = after
    return [
        Figure(what="the tagger names what was drawn", score=unseen.score, wanted_percent=97),
        Figure(what="the base draws what the prompt says", score=plain_before.score, wanted_percent=85),
        Figure(
            what=f"the trigger gives the {CONCEPT}, before",
            score=concept_before.score,
            wanted_percent=5,
            is_at_most=True,
        ),
        Figure(what=f"the trigger gives the {CONCEPT}, after", score=concept_after.score, wanted_percent=80),
        Figure(
            what="prompts without the trigger still come right", score=plain_after.score, wanted_percent=75
        ),
    ]
