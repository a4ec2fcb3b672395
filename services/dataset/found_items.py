"""What a look at the sources of an ingest found, as lines: for the finaliser, and for units that fetch it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bakehouse.cache.keys import KeyFormat
from bakehouse.digest import Digest
from services.dataset.domain.fetched import INGEST_KIND, INGEST_REVISION
from services.dataset.ports import RefusedItem, Source, SourceItem

_CHUNK_ITEMS = 4096
# A million items are too many for canonical JSON; the same items give the same text here, too.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundItem:
    """An item, and what its bytes are remembered by."""

    key: Digest
    item: SourceItem


def find_items(source: Source) -> Iterator[FoundItem | RefusedItem]:
    """Everything that is in a source.

    Raises:
        InvalidInputError, NotFoundError, UnavailableError: as `Source.items`.
    """
    format_ = KeyFormat(
        INGEST_KIND, INGEST_REVISION, constants={"source": source.identity}, columns=["token"]
    )
    items = source.items()
    while chunk := list(islice(items, _CHUNK_ITEMS)):
        keys = format_.keys({"token": [item.token for item in chunk if isinstance(item, SourceItem)]})
        for item in chunk:
            yield item if isinstance(item, RefusedItem) else FoundItem(key=next(keys), item=item)


def found_line(found: FoundItem | RefusedItem) -> bytes:
    """What the finaliser needs to know of an item."""
    if isinstance(found, RefusedItem):
        return _line(["", found.name, found.uri, found.reason, found.detail])
    item = found.item
    said: list[Any] = [found.key, item.name, item.uri]
    if item.captions or item.width:
        said += [item.captions, item.width, item.height]
    return _line(said)


def read_found(line: bytes) -> FoundItem | RefusedItem:
    """A line of the finaliser's again. Its item has neither token nor place."""
    key, name, uri, *said = json.loads(line)
    if not key:
        return RefusedItem(name=name, uri=uri, reason=said[0], detail=said[1])
    if not said:
        return FoundItem(key=Digest(key), item=SourceItem(name=name, token="", uri=uri))
    captions, width, height = said
    item = SourceItem(name=name, token="", uri=uri, captions=tuple(captions), width=width, height=height)
    return FoundItem(key=Digest(key), item=item)


def unit_line(entry: str, found: FoundItem) -> bytes:
    """What a unit needs to fetch an item of an entry."""
    item = found.item
    return _line([found.key, entry, item.name, item.token, item.place, item.uri, item.width, item.height])


def read_unit(payload: bytes) -> dict[str, tuple[str, SourceItem]]:
    """The items of a unit with their entries, by their keys. A unit is the list of its lines."""
    return {
        key: (
            entry,
            SourceItem(name=name, token=token, place=place, uri=uri, width=width, height=height),
        )
        for key, entry, name, token, place, uri, width, height in json.loads(payload)
    }


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a blob that comes in chunks."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    if rest:
        yield rest


def _line(fields: list[Any]) -> bytes:
    return _ENCODER.encode(fields).encode() + b"\n"
