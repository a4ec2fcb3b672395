"""`python -m demo`: from drawn pictures to an adapter and a report on it, through a studio of its own.

Leaves in demo-output/: the adapter, grid.png, loss.svg, report.html, and the pictures that it was baked from.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bakehouse.errors import BakehouseError
from demo.baking import RECIPE, bake_demo
from demo.figures import figure_lines, measure
from demo.report.curve import draw_curve
from demo.report.grid import draw_grid
from demo.report.page import write_page
from demo.report.story import StageTime

OUT = Path("demo-output")
NUM_SAMPLES = 96
SEED = 20_260


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line. An error is one line, the last one."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=OUT, help="where everything is left (default: %(default)s)"
    )
    parser.add_argument("--samples", type=int, default=NUM_SAMPLES, help="pictures judged a figure")
    parser.add_argument("--seed", type=int, default=SEED, help="of the judged pictures")
    chosen = parser.parse_args(arguments)
    try:
        run_demo(chosen.out, num_samples=chosen.samples, seed=chosen.seed)
    except BakehouseError as error:
        sys.stderr.write(f"demo: {error.message}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("\ndemo: ended; what it had started is stopped\n")
        sys.exit(130)


def run_demo(out: Path, *, num_samples: int, seed: int, recipe_file: Path = RECIPE) -> None:
    """Everything, once.

    Raises:
        BakehouseError: something went wrong; the message says what, and the remedy.
    """
    began = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    story, adapter = bake_demo(out, recipe_file)
    _say(f"judging {num_samples} pictures a figure")
    judging_began = time.monotonic()
    figures = measure(adapter, num_samples=num_samples, seed=seed)
    judged = StageTime(
        name="judge",
        start_s=story.total_s,
        end_s=story.total_s + time.monotonic() - judging_began,
        num_items=len(figures) * num_samples,
        num_hits=0,
    )
    draw_grid(story).save(out / "grid.png", optimize=True)
    (out / "loss.svg").write_text(draw_curve(story.losses), encoding="utf-8")
    page = write_page(replace(story, stages=[*story.stages, judged]), figures)
    (out / "report.html").write_text(page, encoding="utf-8")
    for line in figure_lines(figures):
        _say(line)
    _say(f"all of it in {time.monotonic() - began:.0f} s; look at {out / 'report.html'}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
