"""Before and after as one picture: a column a prompt, the same seed above and below."""

import textwrap

from PIL import Image, ImageDraw, ImageFont

from demo.report.story import Story

_CELL, _GAP, _MARGIN, _SIDE, _HEAD = 144, 10, 16, 64, 58
_PAPER, _INK = (255, 253, 249), (70, 58, 48)
_LINE_CHARACTERS = 22


def draw_grid(story: Story) -> Image.Image:
    """The first and the last picture of every prompt and seed.

    Small pictures are enlarged without smoothing: their pixels are what the model drew.
    """
    prompts, epochs = story.prompts(), story.epochs()
    rows = [("before", epochs[0]), ("after", epochs[-1])]
    width = 2 * _MARGIN + _SIDE + len(prompts) * (_CELL + _GAP)
    height = 2 * _MARGIN + _HEAD + len(rows) * (_CELL + _GAP)
    grid = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(grid)
    font = ImageFont.load_default(13)
    for column, prompt in enumerate(prompts):
        x = _MARGIN + _SIDE + column * (_CELL + _GAP)
        text = "\n".join(textwrap.wrap(f"{prompt[0]} ({prompt[1]})", _LINE_CHARACTERS)[:3])
        pen.multiline_text((x, _MARGIN), text, fill=_INK, font=font)
        for line, (_, epoch) in enumerate(rows):
            y = _MARGIN + _HEAD + line * (_CELL + _GAP)
            if sample := story.sample(prompt, epoch):
                grid.paste(_enlarged(sample.picture), (x, y))
    for line, (label, _) in enumerate(rows):
        y = _MARGIN + _HEAD + line * (_CELL + _GAP) + _CELL // 2 - 8
        pen.text((_MARGIN, y), label, fill=_INK, font=font)
    return grid


def _enlarged(picture: Image.Image) -> Image.Image:
    factor = _CELL / max(picture.size)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    cell = Image.new("RGB", (_CELL, _CELL), _PAPER)
    way = Image.Resampling.NEAREST if factor > 1 else Image.Resampling.LANCZOS
    cell.paste(picture.resize(size, way), ((_CELL - size[0]) // 2, (_CELL - size[1]) // 2))
    return cell
