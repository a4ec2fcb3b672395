"""The loss curve as SVG: every step faintly, and their moving mean."""

from collections.abc import Mapping, Sequence
from html import escape

from demo.report.story import LossPoint

WIDTH, HEIGHT = 760, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 26, 44
_NUM_TICKS = 5
_SMOOTHED_SHARE = 0.03  # of all steps, in one mean


def draw_curve(points: Sequence[LossPoint], marks: Mapping[int, str] | None = None) -> str:
    """The curve of at least one point, as a document of its own; it also stands in a page.

    `marks` are steps at which something was done, each with a word for it.
    """
    losses = [point.loss for point in points]
    smooth = moving_mean(losses, max(1, round(len(losses) * _SMOOTHED_SHARE)))
    top = max(losses) or 1.0
    steps = [point.step for point in points]
    parts = [
        *_grid(top, steps[-1]),
        *_marks(marks or {}, steps[-1]),
        _line(steps, losses, top, "#c9a98b", 1.0),
        _line(steps, smooth, top, "#b4552d", 2.4),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="system-ui, sans-serif" font-size="11" fill="#6b5d52">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fffdf9"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def moving_mean(values: Sequence[float], reach: int) -> list[float]:
    """The mean of each value and its neighbours, `reach` to either side as far as there are any."""
    means = []
    for place in range(len(values)):
        near = values[max(0, place - reach) : place + reach + 1]
        means.append(sum(near) / len(near))
    return means


def _grid(top: float, last_step: int) -> list[str]:
    parts = []
    for tick in range(_NUM_TICKS):
        loss = top * tick / (_NUM_TICKS - 1)
        y = _y(loss, top)
        parts.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#ece2d6"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{loss:.3f}</text>')
        step = round(last_step * tick / (_NUM_TICKS - 1))
        x = _x(step, last_step)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 26}" text-anchor="middle">{step}</text>')
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle:.1f}" y="{HEIGHT - 8}" text-anchor="middle">step</text>')
    parts.append(f'<text x="{_LEFT - 8}" y="{_TOP - 12}" text-anchor="end">loss</text>')
    return parts


def _marks(marks: Mapping[int, str], last_step: int) -> list[str]:
    parts = []
    for step, word in marks.items():
        x = _x(step, last_step)
        parts.append(
            f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{HEIGHT - _BOTTOM}" stroke="#b9a998" '
            'stroke-dasharray="2 4"/>'
        )
        anchor = "end" if x > WIDTH / 2 else "start"
        parts.append(f'<text x="{x:.1f}" y="{_TOP - 12}" text-anchor="{anchor}">{escape(word)}</text>')
    return parts


def _line(steps: Sequence[int], losses: Sequence[float], top: float, colour: str, width: float) -> str:
    places = " ".join(
        f"{_x(step, steps[-1]):.1f},{_y(loss, top):.1f}" for step, loss in zip(steps, losses, strict=True)
    )
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _x(step: int, last_step: int) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * step / max(last_step, 1)


def _y(loss: float, top: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * loss / top
