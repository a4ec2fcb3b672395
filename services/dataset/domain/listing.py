"""Listings: what was seen of a folder, a file a line; pictures with the texts beside them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.file_names import IMAGE_SUFFIXES, TEXT_SUFFIX, split_suffix

MAX_LINE_BYTES = 1 << 16

_NUM_NEEDED = 3  # fields of a line that says nothing but name, digest and size


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """One file. `name` is relative to the folder, with "/".

    Args:
        captions: what the source itself says of it beside any text file: alternatives of each other.
        width, height: in pixels, as a table declares them; both or none. Nobody has looked.
        uri, etag: where it came from, without credentials; empty where that is the folder itself.
    """

    name: str
    digest: Digest
    size_bytes: int
    captions: tuple[str, ...] = ()
    width: int | None = None
    height: int | None = None
    uri: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFile:
    """A file that was found and could not be had: a word to count by, and a sentence for people."""

    name: str
    reason: str
    detail: str
    uri: str = ""


Listed = ListedFile | MissingFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedImage:
    """A file that is called as pictures are, and the text file beside it, or that it could not be had."""

    file: ListedFile
    text: ListedFile | None
    missing_text: MissingFile | None = None


def write_line(file: Listed) -> bytes:
    """A file as its line of a listing."""
    fields: dict[str, Json] = {"name": file.name}
    if isinstance(file, MissingFile):
        fields |= {"failed": file.reason, "detail": file.detail}
        optional: dict[str, Json] = {"uri": file.uri}
    else:
        fields |= {"digest": file.digest, "size_bytes": file.size_bytes}
        size: dict[str, Json] = {"width": file.width, "height": file.height}
        optional = {"captions": [*file.captions], "uri": file.uri, "etag": file.etag, **size}
    return canonical_bytes({**fields, **{key: value for key, value in optional.items() if value}}) + b"\n"


def renamed(line: bytes, prefix: str) -> bytes:
    """A line whose name, which begins with `prefix`, is given without it."""
    fields = json.loads(line)
    return canonical_bytes({**fields, "name": fields["name"].removeprefix(prefix)}) + b"\n"


def read_listing(chunks: Iterable[bytes], *, what: str) -> Iterator[Listed]:
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


def group_images(
    files: Iterable[Listed], *, caption_extension: str = TEXT_SUFFIX
) -> Iterator[ListedImage | MissingFile]:
    """The pictures among sorted files, in order, each with the text file of its name and that extension.

    Files that share a name up to its first dot are neighbours in a listing; held are those of one such name.
    What could not be had is passed on, but for texts, which their pictures name.
    """
    group: list[Listed] = []
    prefix = ""
    for file in files:
        own = _prefix(file.name)
        if own != prefix:
            yield from _images(group, caption_extension)
            group, prefix = [], own
        group.append(file)
    yield from _images(group, caption_extension)


def _file(fields: object, what: str) -> Listed:
    if isinstance(fields, dict) and len(fields) == _NUM_NEEDED:  # nearly all lines of nearly all listings
        name, digest, size_bytes = fields.get("name"), fields.get("digest"), fields.get("size_bytes")
        if name and isinstance(name, str) and isinstance(digest, str) and isinstance(size_bytes, int):
            with suppress(InvalidInputError):
                return ListedFile(name=name, digest=parse_digest(digest), size_bytes=size_bytes)
    match fields:
        case {"name": str(name), "failed": str(reason), "detail": str(detail), **more} if name and reason:
            return MissingFile(name=name, reason=reason, detail=detail, uri=_text(more, "uri"))
        case {"name": str(name), "digest": str(digest), "size_bytes": int(size_bytes), **more} if name:
            with suppress(InvalidInputError):
                return _listed(name, parse_digest(digest), size_bytes, more)
    raise InvalidInputError(f"{what} is none; list the folder anew")


def _listed(name: str, digest: Digest, size_bytes: int, fields: Mapping[object, object]) -> ListedFile:
    captions, width, height = fields.get("captions"), fields.get("width"), fields.get("height")
    return ListedFile(
        name=name,
        digest=digest,
        size_bytes=size_bytes,
        captions=tuple(map(str, captions)) if isinstance(captions, list) else (),
        width=width if isinstance(width, int) else None,
        height=height if isinstance(height, int) else None,
        uri=_text(fields, "uri"),
        etag=_text(fields, "etag"),
    )


def _text(fields: Mapping[object, object], key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def _images(group: list[Listed], extension: str) -> Iterator[ListedImage | MissingFile]:
    texts = _texts_in(group, extension) if len(group) > 1 else {}
    for file in group:
        stem, suffix = split_suffix(file.name)
        if isinstance(file, MissingFile):
            if not file.name.lower().endswith(extension.lower()):
                yield file
        elif suffix in IMAGE_SUFFIXES:
            text = texts.get(stem)
            if isinstance(text, MissingFile):
                yield ListedImage(file=file, text=None, missing_text=text)
            else:
                yield ListedImage(file=file, text=text)


def _texts_in(group: list[Listed], extension: str) -> dict[str, Listed]:
    """The text files by their names without the extension."""
    texts: dict[str, Listed] = {}
    for file in group:
        stem, own = file.name[: -len(extension)], file.name[-len(extension) :]
        # The exact spelling goes before .TXT
        if own.lower() == extension.lower() and (stem not in texts or own == extension):
            texts[stem] = file
    return texts


def _prefix(name: str) -> str:
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition('.')[0]}."


def _lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield lines
        if len(rest) > MAX_LINE_BYTES:
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
