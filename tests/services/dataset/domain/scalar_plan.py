"""The plan of one picture in plain Python, from SimpleTuner's rules: what the arrays must agree with."""

from math import sqrt

from services.dataset.domain.rules import CropAspect, Rules

Pair = tuple[int, int]


def scalar_plan(size: Pair, rules: Rules) -> tuple[Pair, Pair] | None:
    """Target and size before the cut; None for a shape that rounds to nothing.

    Of rules for a square or the picture's own shape, without map, canvas and downsampling, whose squares
    have the edge of everything else.
    """
    ratio = 1.0 if rules.aspect is CropAspect.SQUARE else round(size[0] / size[1], rules.rounding)
    if ratio == 0:
        return None
    target, resized = (_area if rules.in_area else _pixel)(size, ratio, rules)
    if round(target[0] / target[1], rules.rounding) == 1.0:
        edge = _step(rules.resolution, rules.alignment) if not rules.in_area else _area_edge(rules)
        target = (edge, edge)
    if resized[0] < target[0] or resized[1] < target[1]:
        scale = max(target[0] / size[0], target[1] / size[1])
        resized = (max(target[0], int(size[0] * scale)), max(target[1], int(size[1] * scale)))
    return target, resized


def _step(edge: float, alignment: int) -> int:
    return max(alignment, alignment * round(edge / alignment))


def _area_edge(rules: Rules) -> int:
    return _step(int(sqrt(rules.resolution * 1e6)), rules.alignment)


def _area(size: Pair, ratio: float, rules: Rules) -> tuple[Pair, Pair]:
    edge, own = _area_edge(rules), size[0] / size[1]
    width, height = (_step(e, rules.alignment) for e in (edge * sqrt(ratio), edge / sqrt(ratio)))
    across, down = (width, int(width / own)) if width < height else (int(height * own), height)
    if across < width:
        across, down = width, down + int((width - across) / own)
    elif down < height:
        across, down = across + int((height - down) * own), height
    return (width, height), (across, down)


def _pixel(size: Pair, ratio: float, rules: Rules) -> tuple[Pair, Pair]:
    short, own = int(rules.resolution), size[0] / size[1]
    if size[0] < size[1]:
        wide, high = short, int(short / ratio)
        width, height = _step(wide, rules.alignment), _step(high, rules.alignment)
        across = max(width, wide)
        down = int(across / own)
        if down < height:
            across, down = int(height * own), height
    else:
        wide, high = int(short * ratio), short
        width, height = _step(wide, rules.alignment), _step(high, rules.alignment)
        down = max(height, high)
        across = int(down * own)
        if across < width:
            across, down = width, int(width / own)
    return (width, height), (across, down)
