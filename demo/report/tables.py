"""A report's tables: figures, the stages' times, the adapter's metadata."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from demo.report.story import Figure, StageTime


def figure_table(figures: Iterable[Figure]) -> str:
    """A row a figure: what was measured, what was asked, and what it is made of."""
    titles = ("", "measured", "asked", "shape", "both colours", "both by rule", "pictures")
    head = "".join(f"<th>{title}</th>" for title in titles)
    rows = "".join(map(_figure, figures))
    return f'<div class="wide"><table class="figures"><tr>{head}</tr>{rows}</table></div>'


def _figure(figure: Figure) -> str:
    score = figure.score
    mark = '<i class="good">✓</i>' if figure.is_met else '<i class="bad">✗</i>'
    numbers = (
        f"<b>{figure.percent:.1f} %</b> {mark}",
        f"{'≤' if figure.is_at_most else '≥'} {figure.wanted_percent:g} %",
        f"{score.percent(score.num_shapes):.1f} %",
        f"{score.percent(score.num_both_colours):.1f} %",
        f"{score.percent(score.num_both_by_rule):.1f} %",
        f"{score.num_pictures}",
    )
    return f"<tr><th>{escape(figure.what)}</th>{''.join(f'<td>{number}</td>' for number in numbers)}</tr>"


def stage_table(stages: Sequence[StageTime]) -> str:
    """A row a stage, with a bar from its start to its end."""
    total = max((stage.end_s for stage in stages), default=0.0) or 1.0
    rows = []
    for stage in stages:
        start, width = 100 * stage.start_s / total, 100 * (stage.end_s - stage.start_s) / total
        work = f"{stage.num_items} computed" + (f", {stage.num_hits} there already" if stage.num_hits else "")
        bar = f'<span class="bar" style="margin-left:{start:.2f}%;width:{max(width, 0.4):.2f}%"></span>'
        seconds = f"{stage.end_s - stage.start_s:.1f} s"
        rows.append(f"<tr><th>{escape(stage.name)}</th><td>{seconds}</td><td>{work}</td><td>{bar}</td></tr>")
    return f'<table class="bars">{"".join(rows)}</table>'


def metadata_table(metadata: Mapping[str, str]) -> str:
    """The adapter's metadata, folded up."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in sorted(metadata.items())
    )
    summary = f"<summary>{len(metadata)} fields</summary>"
    return f'<details>{summary}<div class="wide"><table class="meta">{rows}</table></div></details>'
