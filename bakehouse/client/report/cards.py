"""Pictures as cards: those that are trained on, with their cut, bucket and caption, and those set aside."""

from collections.abc import Iterable
from html import escape

from bakehouse.client.report.story import SetAside, UsedPicture

_SILENT = "(no caption)"
_REASONS = {
    "too_small": "too small",
    "aspect_below_minimum": "too tall",
    "aspect_above_maximum": "too wide",
}


def used_cards(used: Iterable[UsedPicture]) -> str:
    """A card a picture that is trained on."""
    return f'<div class="cards">{"".join(map(_used_card, used))}</div>'


def set_aside_cards(files: Iterable[SetAside]) -> str:
    """A card a file that is not."""
    return f'<div class="cards">{"".join(map(_set_aside_card, files))}</div>'


def _used_card(used: UsedPicture) -> str:
    cut = used.cut
    frame = (
        f"left:{100 * cut.left:.2f}%;top:{100 * cut.top:.2f}%;width:{100 * cut.width:.2f}%;"
        f"height:{100 * cut.height:.2f}%"
    )
    shown = f'<img alt="" src="{used.picture}"><span class="cut" style="{frame}"></span>'
    tags = " ".join(f"{name} {score:.2f}" for name, score in used.tags)
    lines = [
        f"{used.size[0]}x{used.size[1]} → {used.bucket[0]}x{used.bucket[1]}",
        f"{escape(used.name)}, {escape(used.format)}",
    ]
    if used.same_as:
        lines.append(f"the same file as {escape(used.same_as)}: computed once")
    return _card(shown, f'<b title="{escape(tags)}">{escape(used.caption or _SILENT)}</b>', lines)


def _set_aside_card(file: SetAside) -> str:
    shown = f'<img alt="" src="{file.picture}">' if file.picture else '<span class="none">?</span>'
    reason = _REASONS.get(file.reason, file.reason.replace("_", " "))
    lines = [escape(file.detail), f"{escape(file.entry)}/{escape(file.name)}"]
    return _card(shown, f"<b>{escape(reason)}</b>", lines)


def _card(shown: str, head: str, lines: Iterable[str]) -> str:
    return (
        f'<figure><div class="plate"><div class="picture">{shown}</div></div>'
        f"<figcaption>{head}<small>{'<br>'.join(lines)}</small></figcaption></figure>"
    )
