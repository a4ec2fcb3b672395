"""The keys of a dataset as tables of Markdown, as docs/configuration.md has them: made of what checks it."""

from collections.abc import Iterator

from bakehouse.dataset_config.option import Option, Options, Standing
from bakehouse.dataset_config.options import ALIASES, ELSEWHERE, GROUPS
from bakehouse.kinds import Kind

_HEAD = (
    "| key | type | default | standing | meaning | differs from SimpleTuner |",
    "|---|---|---|---|---|---|",
)
_WORDS = {
    Kind.FLAG: "true or false",
    Kind.INTEGER: "whole number",
    Kind.AMOUNT: "number",
    Kind.DECIMAL: "number",
    Kind.PERCENT: "true, false or percent",
    Kind.TEXT: "text",
    Kind.TEXTS: "text, or texts",
    Kind.PROMPT: "text, or texts",
    Kind.NUMBERS: "numbers",
    Kind.RESOLUTION: "number, or W,H",
    Kind.SHAPES: "shapes",
    Kind.SIZES: "sizes by ratio",
    Kind.TABLE: "table",
    Kind.TABLES: "list of tables",
    Kind.ANY: "any",
}


def configuration_lines() -> Iterator[str]:
    """All keys, a table for each group, a row for each key and for each of a block's."""
    for heading, options in GROUPS.items():
        yield f"### {heading}"
        yield ""
        yield from _HEAD
        yield from _rows(options)
        yield ""
    yield "### Other names"
    yield ""
    for name, own in ALIASES.items():
        yield f"- `{name}` is `{own}`"
    for name, own in ELSEWHERE.items():
        yield f"- for `{name}` write {own}"


def _rows(options: Options, *, prefix: str = "", standing: str = "") -> Iterator[str]:
    for name, option in options.items():
        own = standing if option.is_honoured and standing else str(option.standing)
        cells = (
            f"`{prefix}{name}`",
            _type_of(option),
            option.default,
            f"*{own}*",
            _meaning(option, is_inner=bool(prefix)),
            option.differs,
        )
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
        if not prefix:  # keys of a block of a block stand beside it, too
            yield from _rows(option.block, prefix=f"{name}.", standing=own)


def _type_of(option: Option) -> str:
    if option.choices:
        return ", ".join(f"`{choice}`" for choice in option.choices)
    return f"{_WORDS[option.kind]}{_range(option)}"


def _range(option: Option) -> str:
    if option.low is None:
        return "" if option.high is None else f", at most {option.high:.12g}"
    return (
        f", {option.low:.12g} or more"
        if option.high is None
        else f", {option.low:.12g} to {option.high:.12g}"
    )


def _meaning(option: Option, *, is_inner: bool) -> str:
    later = " ".join(f"Not yet `{choice}`: {missing}." for choice, missing in option.later.items())
    instead = {Standing.REPLACED: "No work here", Standing.NOT_YET: "Not there yet"}.get(option.standing)
    source = f"With `type: {option.goes_with}`:" if option.goes_with and not is_inner else ""
    says = option.says[:1].lower() + option.says[1:] if source else option.says
    parts = (source, says, later, f"{instead}: {option.instead}." if instead else "")
    return " ".join(part for part in parts if part)
