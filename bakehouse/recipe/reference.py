"""The keys of a recipe as lines of Markdown, as docs/recipes.md has them: made of what checks recipes."""

from collections.abc import Iterable, Iterator, Mapping

from bakehouse.kinds import Kind
from bakehouse.recipe.keys import Section
from bakehouse.recipe.prompts import PROMPT
from bakehouse.recipe.sections import CAPTION_RULES, CAPTIONING, RECIPE, TRAINING

SECTIONS: Mapping[str, Section] = {
    "At the top": RECIPE,
    "`captioning`": CAPTIONING,
    "`captioning.default`, and `captioning.entries` by the id of a dataset": CAPTION_RULES,
    "`training`": TRAINING,
    "`sample_prompts`: texts, tables, or the path of a .txt file with one on each line": PROMPT,
}

_WORDS = {
    Kind.FLAG: "true or false",
    Kind.INTEGER: "whole numbers",
    Kind.DECIMAL: "numbers",
    Kind.TEXT: "texts",
    Kind.TEXTS: "lists of texts",
    Kind.ANY: "tables and lists",
}


def reference_lines() -> Iterator[str]:
    """All sections, each with a heading."""
    for heading, section in SECTIONS.items():
        yield f"### {heading}"
        yield ""
        yield from _lines_of(section)
        yield ""


def _lines_of(section: Section) -> Iterator[str]:
    for kind, word in _WORDS.items():
        if names := [name for name, found in section.honoured.items() if found is kind]:
            yield f"- {word}: {_listed(names)}"
    for title, keys in (("no work here", section.replaced), ("not yet", section.not_yet)):
        for reason, names in _by_reason(keys).items():
            yield f"- *{title}* ({reason}): {_listed(names)}"
    for name, own in section.aliases.items():
        yield f"- `{name}` is `{own}`"
    for own, names in _by_reason(section.elsewhere).items():
        yield f"- for {_listed(names)} write {own}"


def _by_reason(keys: Mapping[str, str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, reason in keys.items():
        found.setdefault(reason, []).append(name)
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
