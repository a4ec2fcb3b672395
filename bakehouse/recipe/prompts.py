"""Sample prompts: texts as kohya writes them ("a cat --n blurry --w 512 --d 7"), tables, or a text file."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.kinds import Kind
from bakehouse.recipe.keys import Section, check_section
from bakehouse.recipe.places import find_place

PROMPT = Section(
    honoured={
        "prompt": Kind.TEXT,
        "negative_prompt": Kind.TEXT,
        "width": Kind.INTEGER,
        "height": Kind.INTEGER,
        "seed": Kind.INTEGER,
    }
)

_FILE = ".txt"
_FLAG = re.compile(r"\s--([a-zA-Z]+)\s+")
_FLAGS = {"n": "negative_prompt", "w": "width", "h": "height", "d": "seed"}
_FOR_ALL = {"s": "sample_steps", "l": "sample_guidance", "g": "sample_guidance"}


def read_prompts(value: Json, folder: Path) -> list[Json]:
    """The prompts as tables; empty lines of a file, and those that begin with #, are none.

    Raises:
        InvalidInputError: they are no prompts, or the file can't be read.
    """
    if isinstance(value, str) and value.endswith(_FILE):
        value = _lines_of(find_place(value, folder))
    if isinstance(value, str | Mapping):
        value = [value]
    if not isinstance(value, Sequence):
        raise InvalidInputError("give a list of prompts, or the path of a .txt file with one on each line")
    return [_prompt(entry, number) for number, entry in enumerate(value, start=1)]


def _prompt(entry: Json, number: int) -> Json:
    what = f"prompt {number}"
    checked = check_section(PROMPT, _table(entry, what) if isinstance(entry, str) else entry, what=what)
    if checked.problems:
        raise InvalidInputError("; ".join(checked.problems))
    if not checked.values.get("prompt"):
        raise InvalidInputError(f"{what}: empty; write one, or leave it out")
    return checked.values


def _table(line: str, what: str) -> dict[str, Json]:
    """A line of text, taken apart at its flags."""
    text, *rest = _FLAG.split(f" {line.strip()} ")
    table: dict[str, Json] = {"prompt": text.strip()}
    for flag, value in zip(rest[::2], rest[1::2], strict=True):
        name = _FLAGS.get(flag.lower())
        if name is None:
            remedy = (
                f"set {_FOR_ALL[flag]} for all" if flag in _FOR_ALL else f"there are --{', --'.join(_FLAGS)}"
            )
            raise InvalidInputError(f"{what}: --{flag} is not supported for one prompt; {remedy}")
        table[name] = value.strip()
    return table


def _lines_of(path: Path) -> list[Json]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} can't be read ({error}); name a UTF-8 text file") from error
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
