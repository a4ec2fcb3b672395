"""Finalises an ingest: a listing for each entry of what was had and what was not, and what it found."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.computed import computed_by
from bakehouse.cache.once import Locations, Once
from bakehouse.cache.shards import ShardReader
from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.failures import ItemFailure
from bakehouse.jobs.stage import FinaliseRequest
from bakehouse.kohya_folders import KohyaFolder, beside_text, entry_ids, find_kohya_folders
from bakehouse.manifest.file_names import IMAGE_SUFFIXES, split_suffix
from services.dataset.domain.fetched import INGEST_DIGEST, INGEST_KIND, Had, Lost, Outcome, decode_outcome
from services.dataset.domain.listing import (
    MAX_LINE_BYTES,
    Listed,
    ListedFile,
    MissingFile,
    renamed,
    write_line,
)
from services.dataset.fetch_items import lost_of
from services.dataset.found_items import FoundItem, lines_of, read_found
from services.dataset.name_order import NameOrder, name_order
from services.dataset.ports import RefusedItem
from services.dataset.source_specs import SourceSpec, parse_ingest

_CHUNK_ITEMS = 4096
_MAX_FOLDERS = 10_000  # more are no concepts of anybody
_MAX_FOUND_BYTES = 8192  # a result has 32 KiB for all that it says
_KEPT = "kept"


def write_listings(request: FinaliseRequest) -> Json:
    """The listings by the ids of their entries, counts, and what else is to be known.

    Raises:
        InvalidInputError: an entry has no picture, or none could be had; the message says why.
    """
    spec = parse_ingest(request.spec)
    context: Any = request.plan.context
    once: Once[str] = Once(request.blobs, kind=INGEST_KIND, encoder=INGEST_DIGEST, scratch=request.scratch)
    computed = computed_by(request.results)
    once.publish(computed.entries)  # before anything is refused below: what was fetched stays known
    locations = once.locate(Digest(context["hits"]), computed.entries)
    outcomes = _Outcomes(request.blobs, locations, computed.failures)
    written = _Written(taken_ids=frozenset(spec.sources))
    for entry, source in spec.sources.items():
        with name_order(request.scratch) as order:
            found = lines_of(request.blobs.open(Digest(context["found"][entry])))
            taken = _take(outcomes.listed(found), order)
            written.counts += taken.counts
            _refuse_nothing(entry, taken)
            _write(request, entry, _parts(entry, source, context["names"][entry], taken), order, written)
    return {
        "listings": written.listings,
        "entries": written.entries,
        "counts": dict(sorted(written.counts.items())),
        "found": written.found,
    }


@dataclass(slots=True)
class _Written:
    """What is told of all entries. `taken_ids` are those that the recipe gives."""

    taken_ids: frozenset[str]
    listings: dict[str, Json] = field(default_factory=dict)
    entries: dict[str, Json] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    found: list[Json] = field(default_factory=list)

    def tell(self, text: str) -> None:
        """Add a sentence for people, while there is room."""
        if len(canonical_bytes([*self.found, text])) < _MAX_FOUND_BYTES:
            self.found.append(text)


@dataclass(slots=True)
class _Taken:
    """What was seen of one entry while its lines were taken."""

    counts: Counter[str] = field(default_factory=Counter)
    num_pictures: int = 0
    folders: set[str] = field(default_factory=set)
    examples: dict[str, MissingFile] = field(default_factory=dict)

    def note(self, file: Listed) -> None:
        is_picture = split_suffix(file.name)[1] in IMAGE_SUFFIXES
        if is_picture and len(self.folders) <= _MAX_FOLDERS:
            self.folders.add(file.name.rpartition("/")[0])
        if isinstance(file, MissingFile):
            self.counts[f"failed.{file.reason}"] += 1
            self.examples.setdefault(file.reason, file)
        else:
            self.counts[_KEPT] += 1
            self.num_pictures += is_picture


class _Outcomes:
    """What became of items: remembered, fetched by this job, or failed."""

    def __init__(self, blobs: Blobs, locations: Locations, failures: Mapping[str, ItemFailure]) -> None:
        self._reader = ShardReader(blobs)
        self._locations = locations
        self._failures = failures

    def listed(self, lines: Iterator[bytes]) -> Iterator[Listed]:
        """What was found, as listings have it."""
        while chunk := list(islice(map(read_found, lines), _CHUNK_ITEMS)):
            outcomes = iter(self._find([found.key for found in chunk if isinstance(found, FoundItem)]))
            for found in chunk:
                if isinstance(found, RefusedItem):
                    yield MissingFile(
                        name=found.name, reason=found.reason, detail=found.detail, uri=found.uri
                    )
                else:
                    yield _listed(found, next(outcomes))

    def _find(self, keys: list[Digest]) -> list[Outcome]:
        places = self._locations.find(keys)
        rows = iter(self._reader.read_many(place for place in places if place is not None))
        return [
            self._failed(key) if place is None else decode_outcome(next(rows).data)
            for key, place in zip(keys, places, strict=True)
        ]

    def _failed(self, key: Digest) -> Lost:
        failure = self._failures.get(key)
        if failure is None:
            return Lost(reason="unknown", detail="it was neither fetched nor refused; bake again")
        return lost_of(failure)


def _listed(found: FoundItem, outcome: Outcome) -> Listed:
    item = found.item
    if isinstance(outcome, Had):
        return ListedFile(
            name=item.name,
            digest=outcome.digest,
            size_bytes=outcome.size_bytes,
            captions=item.captions,
            width=item.width,
            height=item.height,
            uri=item.uri,
            etag=outcome.etag,
        )
    return MissingFile(name=item.name, reason=outcome.reason, detail=outcome.detail, uri=item.uri)


def _take(files: Iterator[Listed], order: NameOrder) -> _Taken:
    """Put the files in order. Of those with one name the first is it, the others are missing."""
    taken = _Taken()
    for file in map(_fitting, files):
        if not order.add(file.name, write_line(file)):
            file = _add_again(file.name, order)  # noqa: PLW2901 - from here on it is this one
        taken.note(file)
    taken.counts["found"] = taken.counts.total()
    return taken


def _fitting(file: Listed) -> Listed:
    """The file, unless more is said of it than a listing takes."""
    if len(write_line(file)) <= MAX_LINE_BYTES:
        return file
    detail = f"its captions and its address have over {MAX_LINE_BYTES >> 10} KiB; shorten them"
    return MissingFile(name=file.name, reason="too_long", detail=detail)


def _add_again(name: str, order: NameOrder) -> MissingFile:
    number = 2
    while True:
        again = MissingFile(
            name=f"{name} ({number})",
            reason="duplicate_name",
            detail=f"there is another {name!r}, which is taken; rename one",
        )
        if order.add(again.name, write_line(again)):
            return again
        number += 1


def _refuse_nothing(entry: str, taken: _Taken) -> None:
    if taken.num_pictures:
        return
    if not taken.examples:
        raise InvalidInputError(f"dataset {entry}: no pictures in its source; name another", field="sources")
    reasons = [
        f"{number} {key.removeprefix('failed.')}"
        for key, number in taken.counts.most_common()
        if key.startswith("failed.")
    ]
    example = next(iter(taken.examples.values()))
    raise InvalidInputError(
        f"dataset {entry}: none of the pictures of its source can be had: {', '.join(reasons)}; "
        f"{example.name[:200]}: {example.detail[:300]}",
        field="sources",
    )


def _parts(
    entry: str, source: SourceSpec, name: str, taken: _Taken
) -> tuple[dict[str, KohyaFolder], list[str]]:
    """The kohya folders by the ids of their entries, none where it is a plain source; and what to say."""
    if not source.kohya_folders or len(taken.folders) > _MAX_FOLDERS:
        return {}, []
    concepts, others = find_kohya_folders(name, taken.folders)
    if concepts and others:
        return {}, [f"dataset {entry}: {beside_text(others)}"]
    ids = entry_ids(entry, concepts)
    return ids, [f"dataset {own}: {concept.says}" for own, concept in ids.items()]


def _write(
    request: FinaliseRequest,
    entry: str,
    parts: tuple[dict[str, KohyaFolder], list[str]],
    order: NameOrder,
    written: _Written,
) -> None:
    concepts, texts = parts
    for text in texts:
        written.tell(text)
    if not concepts:
        written.listings[entry] = _stored(request, order, "")
        return
    for own, concept in concepts.items():
        if own in written.listings or own in written.taken_ids - {entry}:
            raise InvalidInputError(f"dataset {entry}: its folder becomes {own}, which is there; rename one")
        written.listings[own] = _stored(request, order, concept.prefix)
        written.entries[own] = {
            "of": entry,
            "repeats": concept.repeats,
            "class_tokens": concept.class_tokens,
            "prior": concept.is_prior,
        }


def _stored(request: FinaliseRequest, order: NameOrder, prefix: str) -> Digest:
    with TemporaryDirectory(dir=request.scratch, prefix="listing-") as folder:
        path = Path(folder, "listing")
        with path.open("wb") as file:
            for _, line in order.lines(prefix):
                file.write(renamed(line, prefix) if prefix else line)
        return request.blobs.put_file(path)
