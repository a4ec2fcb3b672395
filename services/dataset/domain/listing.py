"""Listings: what was seen of a folder, a file a line; pictures with the texts beside them."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.file_names import IMAGE_SUFFIXES, TEXT_SUFFIX, split_suffix

_MAX_LINE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """One file. `name` is relative to the folder, with "/"."""

    name: str
    digest: Digest
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedImage:
    """A file that is called as pictures are, and the text file beside it."""

    file: ListedFile
    text: ListedFile | None


def write_line(file: ListedFile) -> bytes:
    """A file as its line of a listing."""
    return canonical_bytes({"digest": file.digest, "name": file.name, "size_bytes": file.size_bytes}) + b"\n"


def read_listing(chunks: Iterable[bytes], *, what: str) -> Iterator[ListedFile]:
    """The files of a listing that comes in chunks; held is a chunk and a line.

    Raises:
        InvalidInputError: a line is none, or names are not sorted, each once. `what` names the listing.
    """
    before = ""
    number = 0
    for lines in _lines(chunks):
        for fields in _parsed(lines):
            number += 1
            file = _file(fields, f"{what}: line {number} of its listing")
            if file.name <= before:
                raise InvalidInputError(
                    f"{what}: line {number} of its listing is out of order; sort by name, each once"
                )
            before = file.name
            yield file


def group_images(files: Iterable[ListedFile]) -> Iterator[ListedImage]:
    """The pictures among sorted files, in order, each with the text file of its name.

    Files that share a name up to its first dot are neighbours in a listing; held are those of one such name.
    """
    group: list[ListedFile] = []
    prefix = ""
    for file in files:
        own = _prefix(file.name)
        if own != prefix:
            yield from _images(group)
            group, prefix = [], own
        group.append(file)
    yield from _images(group)


def _file(fields: object, what: str) -> ListedFile:
    match fields:
        case {"name": str(name), "digest": str(digest), "size_bytes": int(size_bytes)} if name:
            with suppress(InvalidInputError):
                return ListedFile(name=name, digest=parse_digest(digest), size_bytes=size_bytes)
    raise InvalidInputError(f"{what} is none; list the folder anew")


def _images(group: list[ListedFile]) -> Iterator[ListedImage]:
    texts: dict[str, ListedFile] = {}
    for file in group:
        stem, suffix = split_suffix(file.name)
        # The exact spelling goes before .TXT
        if suffix == TEXT_SUFFIX and (stem not in texts or file.name.endswith(TEXT_SUFFIX)):
            texts[stem] = file
    for file in group:
        stem, suffix = split_suffix(file.name)
        if suffix in IMAGE_SUFFIXES:
            yield ListedImage(file=file, text=texts.get(stem))


def _prefix(name: str) -> str:
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition('.')[0]}."


def _lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield lines
        if len(rest) > _MAX_LINE_BYTES:
            raise InvalidInputError("a listing has a line of more than 64 KiB; it is none")
    if rest:
        yield [rest]


def _parsed(lines: list[bytes]) -> list[object]:
    """The lines' values, None for one that has none: read as one text, which is three times faster."""
    try:
        found: list[object] = json.loads(b"[" + b",".join(lines) + b"]")
    except ValueError:
        return [_value(line) for line in lines]
    return found if len(found) == len(lines) else [_value(line) for line in lines]


def _value(line: bytes) -> object:
    try:
        found: object = json.loads(line)
    except ValueError:
        return None
    return found
