"""A table of URLs as a source of pictures: a row is an item, and is fetched once for all jobs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from tempfile import gettempdir
from threading import Lock
from typing import Protocol

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import parse_digest
from bakehouse.errors import InvalidInputError
from services.dataset.adapters.sink import Sink
from services.dataset.adapters.tables import FileTables
from services.dataset.domain.addresses import Allowed
from services.dataset.domain.retrying import FetchLimits
from services.dataset.domain.source_names import shown as shown_name
from services.dataset.domain.table_columns import BrokenRow, TableRow, read_rows
from services.dataset.domain.web_addresses import name_of_row, parse_url, shown, without_secrets
from services.dataset.ports import Fetched, FetchFailedError, RefusedItem, SourceItem, Table
from services.dataset.source_specs import UrlListSpec

_BY_ROW = "row:"  # a place whose URL has a secret: it stays in the table
# What a server says of a key that ran out, too; the token is without it, and the same when it is renewed.
_OF_SECRETS = frozenset({"forbidden", "dead_url"})
_LOOK_AHEAD = 4096
_SHRINKING_REVISION = 1

Put = Callable[[Sink, str], Fetched]


class Web(Protocol):
    """Fetches pictures from servers, and makes them smaller."""

    def download(self, url: str, put: Put) -> Fetched:
        """What `put` makes of the bytes and the ETag of the picture at `url`.

        Raises:
            FetchFailedError: it can't be had.
        """
        ...

    def shrink(self, data: bytes, edge: int) -> bytes | None:
        """The picture with a shorter edge of `edge` px; None where its file is to stay as it is."""
        ...


class UrlTables:
    """Opens tables of URLs, which share one pace with each host."""

    def __init__(self, allowed: Allowed, limits: FetchLimits) -> None:
        self._allowed = allowed
        self._limits = limits
        self._lock = Lock()
        self._web: Web | None = None

    def open(self, spec: UrlListSpec, blobs: Blobs) -> "UrlTable":
        """The pictures that a table names."""
        digest, scratch = parse_digest(spec.table, field="table"), Path(gettempdir())
        return UrlTable(
            spec, lambda: FileTables().open(blobs, digest, spec.format or "", scratch), self._made
        )

    def _made(self) -> Web:
        # urllib3 and Pillow: in the child alone, `serve` only reads the tables
        from services.dataset.adapters.web.pictures import WebPictures

        with self._lock:
            self._web = self._web or WebPictures(self._allowed, self._limits)
            return self._web


class UrlTable:
    """The pictures that a table of URLs names."""

    def __init__(
        self,
        spec: UrlListSpec,
        table: Callable[[], AbstractContextManager[Table]],
        web: Callable[[], Web],
    ) -> None:
        self._spec = spec
        self._table = table
        self._web = web
        self._secret_urls: dict[int, str] = {}
        self._lock = Lock()

    @property
    def identity(self) -> Mapping[str, Json]:
        """See `services.dataset.ports.Source`: whatever table names it, a URL is a URL."""
        if self._spec.resize is None:
            return {"type": "url"}
        return {"type": "url", "resize": self._spec.resize, "revision": _SHRINKING_REVISION}

    @property
    def name(self) -> str:
        """See `services.dataset.ports.Source`."""
        return ""

    def items(self) -> Iterator[SourceItem | RefusedItem]:
        """See `services.dataset.ports.Source`."""
        for number, row in self._rows():
            yield self._item(number, row)

    def fetch(self, item: SourceItem, blobs: Blobs) -> Fetched:
        """See `services.dataset.ports.Source`."""
        web, edge = self._web(), self._spec.resize

        def put(sink: Sink, etag: str) -> Fetched:
            small = None if edge is None else web.shrink(b"".join(sink.chunks()), edge)
            if small is None:
                return sink.store(blobs, etag=etag)
            return Fetched(digest=blobs.put(small), size_bytes=len(small), etag=etag)

        try:
            return web.download(self._url(item.place), put)
        except FetchFailedError as error:
            if item.place.startswith(_BY_ROW) and error.reason in _OF_SECRETS:
                raise FetchFailedError(error.reason, error.detail, is_lasting=False) from error
            raise

    def _rows(self) -> Iterator[tuple[int, TableRow | BrokenRow]]:
        with self._table() as table:
            columns = self._spec.options.columns(table.columns, what="the table", needs_url=True)
            yield from enumerate(read_rows(table.rows(columns.names), columns), start=1)

    def _item(self, number: int, row: TableRow | BrokenRow) -> SourceItem | RefusedItem:
        if isinstance(row, BrokenRow):
            return RefusedItem(name=f"row-{number}", reason="broken_row", detail=row.detail)
        is_named = row.name and "://" not in row.name  # a URL may have a secret
        called = shown_name(row.name) if is_named else f"row-{number}"
        try:
            url = parse_url(row.url)
        except InvalidInputError as error:
            reason = "bad_url" if row.url else "no_url"
            return RefusedItem(name=called, reason=reason, detail=f"row {number}: {error.message}")
        plain = without_secrets(url)
        try:
            name = name_of_row(row.name, url)
        except InvalidInputError as error:
            return RefusedItem(name=called, reason="bad_name", detail=error.message, uri=shown(url))
        size = row.size and self._spec.stored_size(row.size)
        return SourceItem(
            name=name,
            token=plain,
            place=url if plain == url else f"{_BY_ROW}{number}",
            uri=plain,
            captions=row.captions,
            width=size.width if size else None,
            height=size.height if size else None,
        )

    def _url(self, place: str) -> str:
        if not place.startswith(_BY_ROW):
            return place
        number = int(place.removeprefix(_BY_ROW))
        with self._lock:
            if number not in self._secret_urls:
                ahead = islice(self._rows(), number - 1, number - 1 + _LOOK_AHEAD)
                self._secret_urls = {at: row.url for at, row in ahead if isinstance(row, TableRow)}
            url = self._secret_urls.get(number, "")
        try:
            return parse_url(url)
        except InvalidInputError as error:
            raise FetchFailedError("bad_url", error.message) from error
