"""Filters of samples, as AIP-160 writes them: comparisons joined by AND. Pure: who applies them is elsewhere.

`state = kept AND file = "*.png" AND caption : "red"`. In a text `*` stands for any text; `:` means that it
has the text somewhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bakehouse.errors import InvalidInputError

MAX_FILTER = 2048

_TOKEN = re.compile(
    r"""\s*(?:(?P<and>AND\b)|(?P<word>[a-z][a-z0-9_]*)\s*(?P<operator>!=|<=|>=|=|<|>|:)\s*
    (?P<value>"(?:[^"\\]|\\.)*"|[^\s"()]+))\s*""",
    re.VERBOSE,
)
# What people call a column, and what the table calls it.
_COLUMNS = {"dataset": "entry", "file": "name", "sha256": "digest"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A comparison. `column` is of the table `samples`, or `bucket`, `caption`, `captions`."""

    column: str
    operator: str
    value: str

    @property
    def pattern(self) -> str:
        """The value as a regular expression of RE2 for the whole text."""
        if self.operator == ":":
            return f"(?is).*{_escaped(self.value)}.*"
        return "(?s)" + ".*".join(_escaped(piece) for piece in self.value.split("*"))

    @property
    def number(self) -> float:
        """The value as a number.

        Raises:
            InvalidInputError: it is none.
        """
        try:
            return float(self.value)
        except ValueError:
            raise InvalidInputError(
                f"filter: {self.column} is a number, {self.value[:40]!r} is none", field="filter"
            ) from None


def parse_filter(text: str) -> tuple[Term, ...]:
    """The comparisons of a filter; none where it is empty.

    Raises:
        InvalidInputError: it is no such filter; the message shows where.
    """
    if len(text) > MAX_FILTER:
        raise InvalidInputError(f"filter: {len(text)} characters; use at most {MAX_FILTER}", field="filter")
    return tuple(_terms(text)) if text.strip() else ()


def _terms(text: str) -> Iterator[Term]:
    at, wants_term = 0, True
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or wants_term is (found["and"] is not None):
            raise _wrong(text, at)
        if found["and"] is None:
            word, operator = found["word"], found["operator"]
            yield Term(column=_COLUMNS.get(word, word), operator=operator, value=_unquoted(found["value"]))
        at, wants_term = found.end(), not wants_term
    if wants_term:
        raise _wrong(text, at)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _escaped(text: str) -> str:
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def _wrong(text: str, at: int) -> InvalidInputError:
    return InvalidInputError(
        f"filter: {text[at : at + 40]!r} is no comparison; write FIELD = VALUE, with AND between two, "
        'like state = excluded AND file = "*.png"',
        field="filter",
    )
