"""Measures the baked models and an adapter.

`python -m demo.judge base|tagger|adapter FILE --seed N` prints a table.
Knows what to ask of each; what is right in a picture is `judging`'s matter.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from bakehouse.errors import InvalidInputError
from demo.bake_models.training_pictures import TAGGER_SHAPES
from demo.drawing import draw
from demo.grammar import CONCEPT, SHAPES, TRIGGER, draw_motif, prompt_of
from demo.judging import Score, judge
from demo.places import BASE, TAGGER
from demo.sampling import Pipeline, load_pipeline, sample
from demo.tagging import Tagger

# (width, height) in px of the samples, in turn: half of them square, as the recipe's `resolution` is.
SAMPLE_SIZES = ((64, 64), (80, 48), (64, 64), (48, 80))
NUM_SAMPLES = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured line: what was asked, and how much of it is right."""

    what: str
    score: Score


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m demo.judge", description=__doc__)
    parser.add_argument("what", choices=("base", "tagger", "adapter"))
    parser.add_argument("file", nargs="?", type=Path, help="the adapter's safetensors file")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--samples", type=int, default=NUM_SAMPLES, help="a figure")
    parser.add_argument("--base", type=Path, default=BASE)
    parser.add_argument("--tagger", type=Path, default=TAGGER)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    tagger = Tagger(chosen.tagger, num_threads=chosen.threads)
    if chosen.what == "tagger":
        figures = [judge_tagger(tagger, chosen.samples, chosen.seed)]
    elif chosen.what == "base":
        figures = judge_base(load_pipeline(chosen.base), tagger, chosen.samples, chosen.seed)
    elif chosen.file is None:
        raise InvalidInputError("judge adapter: name the adapter's file")
    else:
        figures = judge_base(load_pipeline(chosen.base, chosen.file), tagger, chosen.samples, chosen.seed)
    sys.stdout.write(table(figures))


def judge_tagger(tagger: Tagger, num_pictures: int, seed: int) -> Figure:
    """The tagger on drawn pictures that it has not seen, of all shapes, 40 to 600 px, at most 3 to 1."""
    rng = random.Random(seed)
    asked = [draw_motif(rng, TAGGER_SHAPES) for _ in range(num_pictures)]
    pictures = [draw(motif, *unseen_size(rng), rng) for motif in asked]
    return Figure(what="drawn pictures", score=judge(tagger, pictures, asked))


def judge_base(pipeline: Pipeline, tagger: Tagger, num_samples: int, seed: int) -> list[Figure]:
    """What a base, with or without an adapter, draws at plain prompts and at prompts with the trigger."""
    rng = random.Random(seed)
    plain = [draw_motif(rng, SHAPES) for _ in range(num_samples)]
    concept = [draw_motif(rng, (CONCEPT,)) for _ in range(num_samples)]
    drawn = draw_prompts(pipeline, [prompt_of(motif) for motif in plain], seed)
    triggered = draw_prompts(pipeline, [prompt_of(motif, trigger=TRIGGER) for motif in concept], seed)
    return [
        Figure(what="plain prompts", score=judge(tagger, drawn, plain)),
        Figure(what=f"prompts with {TRIGGER}", score=judge(tagger, triggered, concept)),
    ]


def draw_prompts(pipeline: Pipeline, prompts: Sequence[str], seed: int) -> list[Image.Image]:
    """One picture a prompt, in the prompts' order; the sizes of `SAMPLE_SIZES` take turns."""
    pictures: dict[int, Image.Image] = {}
    for turn, size in enumerate(SAMPLE_SIZES):
        places = range(turn, len(prompts), len(SAMPLE_SIZES))
        part = sample(pipeline, [prompts[place] for place in places], size, seed=seed + 100_000 * turn)
        pictures.update(zip(places, part, strict=True))
    return [pictures[place] for place in range(len(prompts))]


def unseen_size(rng: random.Random) -> tuple[int, int]:
    """A picture's size as the demo's folder has them: 40 to 600 px, 1:3 to 3:1."""
    long = rng.randint(120, 600)
    short = max(40, round(long / 3 ** rng.random()))
    return (long, short) if rng.random() < 0.5 else (short, long)


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of text, shares in percent."""
    head = f"{'':24}{'n':>5}{'shape':>8}{'colour':>8}{'ground':>8}{'all':>8}{'colours':>9}{'by rule':>9}\n"
    return head + "".join(map(_line, figures))


def _line(figure: Figure) -> str:
    score: Score = figure.score
    counts = (score.num_shapes, score.num_colours, score.num_grounds, score.num_right)
    cells = "".join(f"{score.percent(count):8.1f}" for count in counts)
    both = f"{score.percent(score.num_both_colours):9.1f}{score.percent(score.num_both_by_rule):9.1f}"
    return f"{figure.what:24}{score.num_pictures:5}{cells}{both}\n"


if __name__ == "__main__":
    main()
