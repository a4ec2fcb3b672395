"""SimpleTuner's `caption_filter_list`: what is taken out of captions, or replaced in them. Pure.

Patterns are a user's, so none may run for ever: each has a second for a caption and five minutes for all of
them, and texts have a limit.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import regex

from bakehouse.errors import InvalidInputError

MAX_ENTRIES = 2_000
MAX_ENTRY_CHARS = 2_000
MAX_CAPTION_CHARS = 1 << 20

_SECONDS = 1.0  # thousands of times what a sound pattern takes for the longest caption
_ALL_SECONDS = 300.0  # a million captions take a sound pattern seconds
_SPECIAL = frozenset(r".^$*+?{}[]\|()")
_LEADING_FLAGS = regex.compile(r"\(\?[A-Za-z0-9]+\)")
_SIMPLER = "repeat nothing that is repeated itself, as (a+)+ does"
_FLAGS = frozenset("gi")
_FIND_AND_REPLACE, _WITH_FLAGS = 2, 3  # parts between the slashes of s/a/b and of s/a/b/


class CaptionFilters:
    r"""The entries of a list, in their order, each applied once to a caption.

    An entry is a text or a regular expression (of the module `regex`), of which all occurrences go: where it
    can be read as both, it is both. `s/a/b/` replaces the first match of `a` by `b`, with `g` behind it all,
    with `i` in upper and lower case; `s/a/b`, as SimpleTuner's code has it, all. `\/` is a slash that is
    meant. An empty entry does nothing, so that an entry's number is the line of its file.
    """

    def __init__(self, entries: Sequence[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        """Compile the entries. `clock` tells how long they take.

        Raises:
            InvalidInputError: some are wrong; the message names the line of each.
        """
        if len(entries) > MAX_ENTRIES:
            raise InvalidInputError(f"{len(entries)} lines; give at most {MAX_ENTRIES}")
        problems: list[str] = []
        self._steps: list[_Remove | _Replace] = []
        self._clock = clock
        self._left = [_ALL_SECONDS] * len(entries)
        for line, entry in enumerate(entries, 1):
            try:
                self._steps += _parse(entry, line)
            except InvalidInputError as error:
                problems.append(f"line {line}, {_shown(entry)}: {error.message}")
        if problems:
            raise InvalidInputError("; ".join(problems))

    def apply(self, caption: str) -> str:
        """The caption after all of them; white space stays as it is left.

        Raises:
            InvalidInputError: an entry takes too long, or makes it too long; the message names the line.
        """
        for step in self._steps:
            caption = (
                step.text_without(caption) if isinstance(step, _Remove) else self._replaced(step, caption)
            )
        return caption

    def _replaced(self, step: "_Replace", caption: str) -> str:
        start = self._clock()
        found = step.apply(caption)
        self._left[step.line - 1] -= self._clock() - start
        if self._left[step.line - 1] < 0:
            where = f"line {step.line}, {_shown(step.entry)}"
            raise InvalidInputError(f"{where}: takes more than {_ALL_SECONDS:g} s for all; {_SIMPLER}")
        return found


@dataclass(frozen=True, slots=True)
class _Remove:
    text: str

    def text_without(self, caption: str) -> str:
        return caption.replace(self.text, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Replace:
    line: int
    entry: str
    pattern: regex.Pattern[str]
    replacement: str = ""
    most: int = 0  # 0 is all

    def apply(self, caption: str) -> str:
        where = f"line {self.line}, {_shown(self.entry)}"
        try:
            # The lock of the interpreter is let go: a slow match is not to stop a whole service.
            found = self.pattern.sub(
                self.replacement, caption, count=self.most, timeout=_SECONDS, concurrent=True
            )
        except TimeoutError as error:
            raise InvalidInputError(
                f"{where}: takes more than {_SECONDS:g} s for the caption {_shown(caption)}; {_SIMPLER}"
            ) from error
        if len(found) > MAX_CAPTION_CHARS:
            raise InvalidInputError(f"{where}: makes a caption longer than {MAX_CAPTION_CHARS}; shorten it")
        return found


def _parse(entry: str, line: int) -> Iterator[_Remove | _Replace]:
    if len(entry) > MAX_ENTRY_CHARS:
        raise InvalidInputError(f"{len(entry)} characters; give at most {MAX_ENTRY_CHARS}")
    parts = _parts(entry.removeprefix("s/")) if entry.startswith("s/") else []
    if len(parts) >= _FIND_AND_REPLACE:
        yield _substitution(entry, line, parts)
    elif entry and not _SPECIAL.intersection(entry):
        yield _Remove(entry)
    elif entry:
        yield _Replace(line=line, entry=entry, pattern=_compile(_text_or_pattern(entry)))


def _substitution(entry: str, line: int, parts: Sequence[str]) -> _Replace:
    find, replacement, *rest = parts
    flags = rest[0] if rest else "g"
    if len(parts) > _WITH_FLAGS:
        raise InvalidInputError("too many slashes for s/a/b/; write \\/ for one that is meant")
    if not _FLAGS.issuperset(flags):
        raise InvalidInputError(
            f"{_shown(flags)} behind the last slash; use g, i or both, and \\/ for a slash that is meant"
        )
    pattern = _compile(find, regex.IGNORECASE if "i" in flags else 0)
    try:
        _compile(f"|(?:{find})").sub(replacement, "")  # nothing matches first: only then it is read
    except (regex.error, IndexError) as error:
        raise InvalidInputError(
            f"replacement {_shown(replacement)}: {error}; \\1 needs a group in ()"
        ) from error
    return _Replace(
        line=line, entry=entry, pattern=pattern, replacement=replacement, most=0 if "g" in flags else 1
    )


def _text_or_pattern(entry: str) -> str:
    """A pattern of what `entry` matches and of its own text: `(red)` takes its brackets, where it has any.

    Raises:
        InvalidInputError: it is no pattern.
    """
    _compile(entry)  # alone: `a)(b` would be one inside of brackets
    found = _LEADING_FLAGS.match(entry)
    flags = found.group() if found else ""
    if "x" in flags:  # where white space is not meant, the text is not either
        return entry
    return f"{flags}{regex.escape(entry)}|(?:{entry.removeprefix(flags)})"


def _compile(pattern: str, flags: int = 0) -> regex.Pattern[str]:
    try:
        return regex.compile(pattern, flags)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        raise InvalidInputError(
            f"no regular expression: {error}; put \\ before . ^ $ * + ? {{ }} [ ] \\ | ( ) that are meant"
        ) from error


def _parts(text: str) -> list[str]:
    """Cut at slashes; an escaped one is part of the text."""
    parts, own, is_escaped = [], "", False
    for char in text:
        if char == "/" and not is_escaped:
            parts.append(own)
            own = ""
            continue
        own = own[:-1] + char if char == "/" else own + char
        is_escaped = char == "\\" and not is_escaped
    return [*parts, own]


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
