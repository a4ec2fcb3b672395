"""A dataset surveyed before it is fetched or opened: the sizes that its table declares, planned in bulk.

A million rows are a few seconds and flat memory. What is counted is what a snapshot would give if every
picture came and had the size that the table says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.dataset_config.entries import read_entries
from bakehouse.dataset_config.entry import EntrySpec
from bakehouse.digest import parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary
from bakehouse.manifest.schema import FAILED
from bakehouse.spec import parse_spec
from services.dataset.domain.entry_rules import rules_of
from services.dataset.domain.listing import ListedImage, group_images, read_listing
from services.dataset.domain.rules import CropAspect, Rules
from services.dataset.domain.survey import Survey, Surveyed, survey_rows
from services.dataset.domain.table_columns import BrokenRow, TableColumns, TableRow, read_rows
from services.dataset.domain.web_addresses import name_of_row
from services.dataset.entries import SnapshotOptions
from services.dataset.ports import Table, Tables
from services.dataset.source_specs import UrlListSpec, parse_source
from services.dataset.table_join import TableJoin, joined

_NO_LISTING = "0" * 64
_CSV, _PARQUET = "csv", "parquet"
_CHUNK_ITEMS = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    spec: EntrySpec
    rules: Rules
    urls: UrlListSpec | None

    @property
    def draws_shapes(self) -> bool:
        """Whether a picture's shape depends on its name."""
        return self.rules.aspect is CropAspect.RANDOM


def plan_survey(request: PlanRequest) -> PlanSummary:
    """Refuse what can't be surveyed. There is nothing for workers to do.

    Raises:
        InvalidInputError: the spec is wrong; the message says all of it.
    """
    _read(request.spec)
    return PlanSummary()


def write_survey(request: FinaliseRequest, tables: Tables) -> Json:
    """The numbers of each entry whose table declares sizes, and of all of them.

    Raises:
        InvalidInputError: a table is none, or lacks a column; the message names its entry.
        NotFoundError: a table is not in the project.
    """
    options, entries = _read(request.spec)
    together = Survey()
    found: dict[str, Json] = {}
    for entry in entries:
        rows = _rows(entry, tables, request.blobs, request.scratch)
        survey = survey_rows(rows, entry.rules, entry=entry.spec.id, seed=options.seed)
        if survey.counts:
            found[entry.spec.id] = survey.to_json()
            together.add(survey)
    return {**together.to_json(), "entries": found}


def declares_sizes(entry: Mapping[str, Json]) -> bool:
    """Whether an entry has a table that may declare sizes: only such ones are surveyed."""
    source = entry.get("source")
    is_list = isinstance(source, Mapping) and source.get("type") == _CSV
    return is_list or (entry.get("metadata_backend") == _PARQUET and bool(entry.get("table")))


def _read(data: Json) -> tuple[SnapshotOptions, list[_Entry]]:
    options = parse_spec(SnapshotOptions, data, what="survey")
    given: list[dict[str, Any]] = [{"listing": _NO_LISTING, **entry} for entry in options.entries]
    read = read_entries(given, place="entries")
    if read.problems:
        raise InvalidInputError("; ".join(read.problems), field="entries")
    sources = {str(entry.get("id")): entry.get("source") for entry in given if declares_sizes(entry)}
    return options, [
        _Entry(
            spec=one.spec,
            rules=rules_of(
                one.spec, alignment=options.alignment, maximum_canvas_area=options.maximum_canvas_area
            ),
            urls=_urls(sources[one.id], one.id),
        )
        for one in read.images
        if one.spec is not None and one.id in sources
    ]


def _urls(source: Json, entry: str) -> UrlListSpec | None:
    if not isinstance(source, Mapping) or source.get("type") != _CSV:
        return None
    spec = parse_source(source, what=f"dataset {entry}")
    return spec if isinstance(spec, UrlListSpec) else None


def _rows(entry: _Entry, tables: Tables, blobs: Blobs, scratch: Path) -> Iterator[Surveyed]:
    """The pictures of an entry as its table declares them; none where it declares nothing."""
    if entry.urls is not None:
        yield from _of_urls(entry, entry.urls, tables, blobs, scratch)
    elif entry.spec.listing != _NO_LISTING:
        with joined(tables, blobs, entry.spec, scratch, captions=False) as join:
            if join is not None:
                yield from _of_listing(entry.spec, join, blobs)


def _of_urls(
    entry: _Entry, urls: UrlListSpec, tables: Tables, blobs: Blobs, scratch: Path
) -> Iterator[Surveyed]:
    digest = parse_digest(urls.table, field="table")
    with tables.open(blobs, digest, urls.format or "", scratch) as table:
        try:
            columns = urls.options.columns(table.columns, what="the table", needs_url=True)
        except InvalidInputError as error:
            raise InvalidInputError(f"dataset {entry.spec.id}: {error.message}", field=error.field) from error
        if columns.width is None:
            return
        wanted = TableColumns(
            filename=columns.filename if entry.draws_shapes else None,
            width=columns.width,
            height=columns.height,
            url=columns.url,
        )
        yield from _declared(table, wanted, urls, with_names=entry.draws_shapes)


def _declared(
    table: Table, columns: TableColumns, urls: UrlListSpec, *, with_names: bool
) -> Iterator[Surveyed]:
    for row in read_rows(table.rows(columns.names), columns):
        if isinstance(row, BrokenRow):
            yield Surveyed(reason=f"{FAILED}.broken_row")
        elif not row.url:
            yield Surveyed(reason=f"{FAILED}.no_url")
        else:
            size = row.size and urls.stored_size(row.size)
            yield Surveyed(size=size, name=_name(row) if with_names else "")


def _name(row: TableRow) -> str:
    try:
        return name_of_row(row.name, row.url)
    except InvalidInputError:  # it is refused when it is fetched
        return row.name


def _of_listing(entry: EntrySpec, join: TableJoin, blobs: Blobs) -> Iterator[Surveyed]:
    listing = parse_digest(entry.listing, field="listing")
    files = read_listing(blobs.open(listing), what=f"dataset {entry.id}")
    images = group_images(files, caption_extension=entry.caption_extension)
    while chunk := list(islice(images, _CHUNK_ITEMS)):
        names = [image.file.name for image in chunk if isinstance(image, ListedImage)]
        known = zip(names, join.sizes(names), strict=True)
        yield from (Surveyed(size=size, name=name) for name, size in known)
        lost = (image for image in chunk if not isinstance(image, ListedImage))
        yield from (Surveyed(reason=f"{FAILED}.{image.reason}") for image in lost)
