"""`python -m demo`: from drawn pictures to an adapter and a report on it, through a studio of its own.

Leaves in demo-output/: the adapter, grid.png, loss.svg, report.html, and the pictures that it was baked from.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bakehouse.errors import BakehouseError
from demo.baking import bake_demo
from demo.figures import measure
from demo.report.curve import draw_curve
from demo.report.grid import draw_grid
from demo.report.page import write_page
from demo.report.story import Figure

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


def run_demo(out: Path, *, num_samples: int, seed: int) -> None:
    """Everything, once.

    Raises:
        BakehouseError: something went wrong; the message says what, and the remedy.
    """
    began = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    story, adapter = bake_demo(out)
    _say(f"judging {num_samples} pictures a figure")
    figures = measure(adapter, num_samples=num_samples, seed=seed)
    draw_grid(story).save(out / "grid.png", optimize=True)
    (out / "loss.svg").write_text(draw_curve(story.losses), encoding="utf-8")
    (out / "report.html").write_text(write_page(story, figures), encoding="utf-8")
    for figure in figures:
        _say(_line(figure))
    _say(f"all of it in {time.monotonic() - began:.0f} s; look at {out / 'report.html'}")


def _line(figure: Figure) -> str:
    asked = f"{'≤' if figure.is_at_most else '≥'} {figure.wanted_percent:g} %"
    missed = "" if figure.is_met else "  MISSED"
    return f"{figure.score.percent_right:6.1f} %  (asked {asked})  {figure.what}{missed}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
