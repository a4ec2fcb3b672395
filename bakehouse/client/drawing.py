"""Draws what becomes of a picture as SVG: the whole with the box that is cut out, beside it the result.

The picture is in the drawing as it is, once; the browser cuts and scales it, so that no library is needed
here and the geometry is exact. Only its pixels are the browser's, not the trainer's.
"""

from dataclasses import dataclass
from html import escape

_SIDE = 480  # px of the longer side of either panel
_GAP, _MARGIN, _TEXT = 32, 24, 22
_INK, _SOFT, _CRUST, _PAPER = "#3d332b", "#8a7a6c", "#b4552d", "#fffdf9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What is cut out of a picture, in its own pixels, and the size that it gets."""

    left: float
    top: float
    width: float
    height: float
    bucket: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A picture in a drawing: its upper left corner, and px of the drawing."""

    x: float
    y: float
    width: float
    height: float


def draw_cut(source: str, size: tuple[int, int], box: Box, *, title: str, captions: tuple[str, ...]) -> str:
    """The drawing as a document of its own.

    Args:
        source: the picture, a data URL.
        size: its width and height in pixels.
        box: what is cut out.
        title: above it.
        captions: below it, the first few.
    """
    y = _MARGIN + 2 * _TEXT
    whole = _panel(size, x=_MARGIN, y=y)
    cut = _panel(box.bucket, x=_MARGIN + whole.width + _GAP, y=y)
    bottom = y + max(whole.height, cut.height)
    width = max(cut.x + cut.width + _MARGIN, 640.0)
    said = captions[:3] or ("(no caption)",)
    height = bottom + _TEXT * (2.5 + len(said)) + _MARGIN
    scale = whole.width / size[0]
    parts = [
        f'<rect width="100%" height="100%" fill="{_PAPER}"/>',
        _text(_MARGIN, _MARGIN + _TEXT * 0.7, title, size=17, colour=_INK, bold=True),
        _definition(source, size),
        _view(whole, f"0 0 {size[0]} {size[1]}"),
        _frame(whole, box, scale),
        _view(cut, f"{box.left:g} {box.top:g} {box.width:g} {box.height:g}"),
        _text(whole.x, bottom + _TEXT, f"{size[0]}x{size[1]} px", colour=_SOFT),
        _text(cut.x, bottom + _TEXT, f"bucket {box.bucket[0]}x{box.bucket[1]}", colour=_CRUST),
        *(_text(_MARGIN, bottom + _TEXT * (2.2 + line), text, colour=_INK) for line, text in enumerate(said)),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" font-family="system-ui, sans-serif">\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _definition(source: str, size: tuple[int, int]) -> str:
    sides = f'width="{size[0]}" height="{size[1]}" preserveAspectRatio="none"'
    return f'<defs><image id="picture" {sides} href="{source}"/></defs>'


def _panel(size: tuple[int, int], *, x: float, y: float) -> Panel:
    scale = _SIDE / max(size)
    return Panel(x=x, y=y, width=size[0] * scale, height=size[1] * scale)


def _view(panel: Panel, box: str) -> str:
    """A part of the picture, stretched over a panel."""
    place = f'x="{panel.x:.1f}" y="{panel.y:.1f}" width="{panel.width:.1f}" height="{panel.height:.1f}"'
    return f'<svg {place} viewBox="{box}" preserveAspectRatio="none"><use href="#picture"/></svg>'


def _frame(panel: Panel, box: Box, scale: float) -> str:
    """The box over the whole picture; what is left out is veiled."""
    x, y = panel.x + box.left * scale, panel.y + box.top * scale
    width, height = box.width * scale, box.height * scale
    outer = f"M{panel.x:.2f} {panel.y:.2f}h{panel.width:.2f}v{panel.height:.2f}h-{panel.width:.2f}z"
    inner = f"M{x:.2f} {y:.2f}h{width:.2f}v{height:.2f}h-{width:.2f}z"
    return (
        f'<path d="{outer}{inner}" fill="{_PAPER}" fill-opacity="0.6" fill-rule="evenodd"/>'
        f'<path class="cut" d="{inner}" fill="none" stroke="{_CRUST}" stroke-width="2.5"/>'
    )


def _text(x: float, y: float, text: str, *, colour: str, size: int = 14, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{colour}"{weight}>{escape(text)}</text>'
