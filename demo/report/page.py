"""The report as one page that needs nothing else: no script, no font, no picture from anywhere."""

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from demo.report.curve import draw_curve
from demo.report.images import data_url, exact_url
from demo.report.story import Figure, SetAside, Story, UsedPicture

_STYLE = Path(__file__).with_name("style.css")
_REASONS = {
    "too_small": "too small",
    "aspect_below_minimum": "too tall",
    "aspect_above_maximum": "too wide",
}


def write_page(story: Story, figures: Sequence[Figure]) -> str:
    """The page's HTML."""
    sections = [
        _head(story),
        _section("Before and after", _samples(story)),
        _section(
            "Is it any good?", _figures(figures), "Judged on pictures that nobody chose, seeds passed in."
        ),
        _section("Loss", f'<div class="wide">{draw_curve(story.losses)}</div>'),
        _section("Where the time went", _stages(story)),
        _section(
            f"The pictures, {len(story.used)} of them",
            _used(story.used),
            "The frame is what is trained on; below it the bucket and the caption.",
        ),
        _section(
            f"Set aside, {len(story.set_aside)}", _set_aside(story.set_aside), "Nothing vanishes silently."
        ),
        _section("Buckets", _buckets(story)),
        _section("What the adapter says of itself", _metadata(story)),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(story.title)}</title>\n<style>\n{_STYLE.read_text()}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(sections)
        + "\n</main>\n</body>\n</html>\n"
    )


def _head(story: Story) -> str:
    facts = [
        (f"{len(story.used)}", "pictures used"),
        (f"{len(story.set_aside)}", "set aside"),
        (f"{len(story.losses)}", "steps"),
        (f"{story.adapter_bytes / 1024:.0f} KiB", escape(story.adapter_name)),
        (f"{story.total_s:.0f} s", "from recipe to adapter"),
        (f"{story.seed}", "seed"),
    ]
    cells = "".join(f"<li><b>{value}</b><span>{what}</span></li>" for value, what in facts)
    title = f"<h1>{escape(story.title)}</h1><p>{escape(story.pipeline)}</p>"
    return f'<header>{title}<ul class="facts">{cells}</ul></header>'


def _section(title: str, body: str, remark: str = "") -> str:
    said = f'<p class="remark">{escape(remark)}</p>' if remark else ""
    return f"<section><h2>{escape(title)}</h2>{said}{body}</section>"


def _samples(story: Story) -> str:
    epochs = story.epochs()
    head = "".join(f"<th>{'before' if epoch == 0 else f'epoch {epoch}'}</th>" for epoch in epochs)
    rows = []
    for prompt in story.prompts():
        cells = []
        for epoch in epochs:
            sample = story.sample(prompt, epoch)
            shown = f'<img class="sample" alt="" src="{exact_url(sample.picture)}">' if sample else ""
            cells.append(f"<td>{shown}</td>")
        rows.append(f"<tr><th>{escape(prompt[0])}<small>seed {prompt[1]}</small></th>{''.join(cells)}</tr>")
    return f'<div class="wide"><table class="samples"><tr><td></td>{head}</tr>{"".join(rows)}</table></div>'


def _figures(figures: Iterable[Figure]) -> str:
    titles = ("", "right", "asked", "shape", "colours", "by rule", "of")
    head = "".join(f"<th>{title}</th>" for title in titles)
    rows = "".join(map(_figure, figures))
    return f'<div class="wide"><table class="figures"><tr>{head}</tr>{rows}</table></div>'


def _figure(figure: Figure) -> str:
    score = figure.score
    sign = "≤" if figure.is_at_most else "≥"
    mark = '<i class="good">✓</i>' if figure.is_met else '<i class="bad">✗</i>'
    numbers = (
        f"<b>{score.percent_right:.0f} %</b> {mark}",
        f"{sign} {figure.wanted_percent:g} %",
        f"{score.percent(score.num_shapes):.0f} %",
        f"{score.percent(score.num_both_colours):.0f} %",
        f"{score.percent(score.num_both_by_rule):.0f} %",
        f"{score.num_pictures}",
    )
    return f"<tr><th>{escape(figure.what)}</th>{''.join(f'<td>{number}</td>' for number in numbers)}</tr>"


def _stages(story: Story) -> str:
    total = max((stage.end_s for stage in story.stages), default=0.0) or 1.0
    rows = []
    for stage in story.stages:
        start, width = 100 * stage.start_s / total, 100 * (stage.end_s - stage.start_s) / total
        work = f"{stage.num_items} computed" + (f", {stage.num_hits} there already" if stage.num_hits else "")
        bar = f'<span class="bar" style="margin-left:{start:.2f}%;width:{max(width, 0.4):.2f}%"></span>'
        seconds = f"{stage.end_s - stage.start_s:.1f} s"
        rows.append(f"<tr><th>{escape(stage.name)}</th><td>{seconds}</td><td>{work}</td><td>{bar}</td></tr>")
    return f'<table class="stages">{"".join(rows)}</table>'


def _used(used: Iterable[UsedPicture]) -> str:
    return f'<div class="cards">{"".join(map(_card, used))}</div>'


def _card(used: UsedPicture) -> str:
    cut = used.cut
    frame = (
        f"left:{100 * cut.left:.2f}%;top:{100 * cut.top:.2f}%;width:{100 * cut.width:.2f}%;"
        f"height:{100 * cut.height:.2f}%"
    )
    tags = " ".join(f"{name} {score:.2f}" for name, score in used.tags)
    sizes = f"{used.size[0]}x{used.size[1]} → {used.bucket[0]}x{used.bucket[1]}"
    return (
        f'<figure title="{escape(tags)}"><div class="picture"><img alt="" src="{data_url(used.picture)}">'
        f'<span class="cut" style="{frame}"></span></div><figcaption><b>{escape(used.caption)}</b>'
        f"<small>{escape(used.entry)}/{escape(used.name)}<br>{escape(used.format)} {sizes}</small>"
        "</figcaption></figure>"
    )


def _set_aside(files: Iterable[SetAside]) -> str:
    return f'<div class="cards">{"".join(map(_aside_card, files))}</div>'


def _aside_card(file: SetAside) -> str:
    shown = f'<img alt="" src="{data_url(file.picture)}">' if file.picture else '<span class="none">?</span>'
    reason = _REASONS.get(file.reason, file.reason.replace("_", " "))
    return (
        f'<figure class="aside"><div class="picture">{shown}</div><figcaption><b>{escape(reason)}</b>'
        f"<small>{escape(file.entry)}/{escape(file.name)}<br>{escape(file.detail)}</small></figcaption></figure>"
    )


def _buckets(story: Story) -> str:
    buckets = story.buckets()
    most = max(buckets.values(), default=1)
    by_entry = Counter((used.entry, used.bucket) for used in story.used)
    rows = []
    for (width, height), count in buckets.items():
        shape = f'<span class="shape" style="width:{width / 2:.0f}px;height:{height / 2:.0f}px"></span>'
        bar = f'<span class="bar" style="width:{100 * count / most:.1f}%"></span>'
        who = ", ".join(
            f"{n} {entry}" for (entry, size), n in sorted(by_entry.items()) if size == (width, height)
        )
        rows.append(
            f"<tr><td>{shape}</td><th>{width}x{height}</th><td>{count}</td><td>{escape(who)}</td><td>{bar}</td></tr>"
        )
    return f'<table class="stages">{"".join(rows)}</table>'


def _metadata(story: Story) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in sorted(story.metadata.items())
    )
    summary = f"<summary>{len(story.metadata)} fields</summary>"
    return f'<details>{summary}<table class="meta">{rows}</table></details>'
