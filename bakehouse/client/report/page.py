"""The page: one document that needs nothing else, no script, no font, no picture from anywhere."""

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from bakehouse.client.report.buckets import bucket_table
from bakehouse.client.report.cards import set_aside_cards, used_cards
from bakehouse.client.report.story import DatasetStory, UsedPicture

_STYLE = Path(__file__).with_name("style.css")


def write_document(title: str, sections: Iterable[str]) -> str:
    """A page of sections as HTML."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE.read_text()}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(sections)
        + "\n</main>\n</body>\n</html>\n"
    )


def head(title: str, lead: str, facts: Iterable[tuple[str, str]], *, foot: str = "") -> str:
    """The top of a page. `facts` are numbers, and what they count."""
    cells = "".join(f"<li><b>{value}</b><span>{what}</span></li>" for value, what in facts)
    said = f"<h1>{escape(title)}</h1><p>{escape(lead)}</p>"
    return f'<header>{said}<ul class="facts">{cells}</ul><small>{escape(foot)}</small></header>'


def section(title: str, body: str, remark: str = "") -> str:
    """A part of a page; `body` is HTML."""
    said = f'<p class="remark">{escape(remark)}</p>' if remark else ""
    return f"<section><h2>{escape(title)}</h2>{said}{body}</section>"


def dataset_sections(story: DatasetStory) -> Iterator[str]:
    """The buckets, the pictures of each entry, and what is set aside."""
    yield section(
        "Buckets",
        bucket_table(story),
        "Each picture is trained on at the size nearest to its own shape; a batch is of one size.",
    )
    for entry, used in story.entries().items():
        yield _entry(entry, list(used), story.num_used(entry))
    yield section(
        f"Set aside: {_of(len(story.set_aside), story.num_set_aside)}",
        set_aside_cards(story.set_aside),
        "Nothing vanishes silently, and no broken file stops a bake.",
    )


def _of(num_shown: int, number: int) -> str:
    return str(number) if num_shown == number else f"{number}, {num_shown} of them here"


def _entry(entry: str, used: list[UsedPicture], number: int) -> str:
    what = "ordinary pictures, so that nothing else is forgotten. " if used[0].is_prior else ""
    return section(
        f"{entry}: {'' if number == len(used) else f'{len(used)} of '}{number} pictures",
        used_cards(used),
        f"{what}The frame is what is trained on; below it the caption, the size and its bucket.".capitalize(),
    )
