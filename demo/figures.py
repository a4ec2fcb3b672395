"""The figures of a report: how good the tagger, the base and the adapter are, and what was asked of them."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch

from demo.grammar import CONCEPT
from demo.judge import Figure as Judged
from demo.judge import judge_base, judge_tagger
from demo.places import BASE, TAGGER
from demo.report.story import Figure, agreement_of
from demo.sampling import load_pipeline
from demo.tagging import Tagger


def measure(adapter: Path, *, num_samples: int, seed: int) -> list[Figure]:
    """Judge the tagger on drawn pictures, and the base with and without the adapter on prompts.

    The base with and without it at the same time, each in a process of one thread: so the same seed gives
    the same figures on any number of cores.
    """
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as processes:
        before = processes.submit(_judge_base, None, num_samples, seed)
        after = processes.submit(_judge_base, adapter, num_samples, seed)
        unseen = judge_tagger(Tagger(TAGGER), num_samples, seed)
        return figures_of(unseen, before=before.result(), after=after.result())


def _judge_base(adapter: Path | None, num_samples: int, seed: int) -> list[Judged]:
    torch.set_num_threads(1)
    return judge_base(load_pipeline(BASE, adapter), Tagger(TAGGER), num_samples, seed)


def figures_of(unseen: Judged, *, before: Sequence[Judged], after: Sequence[Judged]) -> list[Figure]:
    """What was asked, beside what was judged: of drawn pictures, then of plain prompts and of the trigger."""
    plain_before, concept_before = before
    plain_after, concept_after = after
    return [
        Figure(what="the tagger names what was drawn", score=unseen.score, wanted_percent=97),
        Figure(what="the base draws what the prompt says", score=plain_before.score, wanted_percent=85),
        Figure(
            what=f"before: the trigger gives the {CONCEPT}, in whatever colours",
            score=concept_before.score,
            wanted_percent=5,
            is_at_most=True,
            is_of_shapes=True,
        ),
        Figure(
            what=f"after: the trigger gives the {CONCEPT}, in the asked colours",
            score=concept_after.score,
            wanted_percent=80,
        ),
        Figure(
            what="after: prompts without the trigger still come right",
            score=plain_after.score,
            wanted_percent=75,
        ),
    ]


def figure_lines(figures: Sequence[Figure]) -> list[str]:
    """The figures as lines of text, and how far the second judge is from the first."""
    lines = []
    for figure in figures:
        asked = f"{'≤' if figure.is_at_most else '≥'} {figure.wanted_percent:g} %"
        lines.append(_line(f"{figure.percent:.1f} %", asked, figure.what, is_met=figure.is_met))
    agreement = agreement_of(figures)
    what = "apart at most: the two judges of colours, tagger and rule"
    asked = f"≤ {agreement.most_points:g} points"
    return [*lines, _line(f"{agreement.points:.1f} points", asked, what, is_met=agreement.is_met)]


def _line(measured: str, asked: str, what: str, *, is_met: bool) -> str:
    return f"{measured:>10}  asked {asked:10}  {what}" + ("" if is_met else "  MISSED")
