"""A `caption_filter_list` as a recipe gives it: a list, or the path of a .txt or .json file that has it.

What an entry of it means, and whether it can be read, is the dataset service's affair.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.recipe.places import find_place

_MAX_BYTES = 8 << 20


def read_filter_list(value: Json, folder: Path) -> list[str]:
    """The filters; those of a .txt file with the white space at the end of their lines, empty lines too.

    So an entry's number is the line of the file.

    Args:
        value: of the key.
        folder: what a path is relative to.

    Raises:
        InvalidInputError: it is neither a list of texts nor the path of a file with one.
    """
    if isinstance(value, str):
        return _of_file(value, folder)
    return _of_list(value, "caption_filter_list")


def _of_file(text: str, folder: Path) -> list[str]:
    if not text.endswith((".txt", ".json")):
        raise InvalidInputError(
            f"caption_filter_list: {text!r} is no list; give one, or the path of a .txt or .json file",
            field="caption_filter_list",
        )
    path = find_place(text, folder)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InvalidInputError(f"{path}: more than {_MAX_BYTES >> 20} MiB of filters; shorten it")
        read = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise InvalidInputError(
            f"caption_filter_list: {path}: {why}; name a file of filters", field="caption_filter_list"
        ) from error
    if path.suffix == ".json":
        return _of_list(_parsed(read, path), str(path))
    # Of "\r\n" a filter would have the first half, and match nothing.
    return [line.removesuffix("\r") for line in read.removesuffix("\n").split("\n")]


def _parsed(text: str, path: Path) -> Json:
    try:
        found: Json = json.loads(text)
    except ValueError as error:
        raise InvalidInputError(
            f"caption_filter_list: {path}: {error}; mend the JSON", field="caption_filter_list"
        ) from error
    return found


def _of_list(value: Json, what: str) -> list[str]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InvalidInputError(f"{what}: it is no list; give one of texts", field="caption_filter_list")
    for number, entry in enumerate(value, 1):
        if not isinstance(entry, str):
            raise InvalidInputError(
                f"{what}: entry {number}, {entry!r}, is no text; put it in quotes",
                field="caption_filter_list",
            )
    return [str(entry) for entry in value]
