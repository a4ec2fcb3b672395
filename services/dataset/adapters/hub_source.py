"""Datasets of Hugging Face as sources: of the hub, a folder of the server, or a folder that was sent."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import CHUNK_BYTES
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.file_names import IMAGE_SUFFIXES, split_suffix
from services.dataset.adapters.folders import ServerFolders
from services.dataset.adapters.hub_library import HubDataset, SeenRow, Where, folder_of
from services.dataset.adapters.sink import Sink
from services.dataset.domain.decoding import MAX_FILE_BYTES
from services.dataset.domain.listing import ListedFile, read_listing
from services.dataset.domain.sniffing import HEAD_BYTES, other_kind, picture_kind
from services.dataset.domain.source_names import trouble_with
from services.dataset.domain.table_columns import RowReader, TableColumns
from services.dataset.ports import Fetched, FetchFailedError, RefusedItem, SourceItem
from services.dataset.source_specs import FolderSpec, HubSpec

_DIGITS = 9  # of the number of a row that has no name
_AHEAD = 64  # rows that are kept when they were read before they were asked for


class HubDatasets:
    """Opens datasets of Hugging Face."""

    def __init__(self, folders: ServerFolders) -> None:
        self._folders = folders
        self._last: tuple[HubSpec, str, HubSource] | None = None

    def open(self, spec: HubSpec, blobs: Blobs) -> "HubSource":
        """A dataset.

        Raises:
            InvalidInputError: it is not there, or can't be read.
            UnavailableError: the hub does not answer.
        """
        if spec.dataset_name is not None:
            return HubSource(spec, spec.dataset_name, {})
        if spec.folder is not None:
            self._folders.open(FolderSpec(path=spec.folder))  # for what it refuses
            return HubSource(spec, str(Path(spec.folder).resolve()), {})
        return self._of_sent(spec, blobs)

    def _of_sent(self, spec: HubSpec, blobs: Blobs) -> "HubSource":
        """What was sent never changes: it is laid out once for all units of a job."""
        if self._last is not None and self._last[:2] == (spec, blobs.project):
            return self._last[2]
        sent = SentFolder(blobs, parse_digest(spec.files or "", field="files"))
        found = HubSource(spec, str(sent.path), sent.files)
        found.sent = sent
        self._last = (spec, blobs.project, found)
        return found


class HubSource:
    """The pictures of a dataset: files in it, or cells of its tables."""

    def __init__(self, spec: HubSpec, path: str, sent: Mapping[str, ListedFile]) -> None:
        self._spec = spec
        self._sent = sent
        self.sent: SentFolder | None = None  # lives as long as this does
        where = Where(path=path, config=spec.config, split=spec.split, revision=spec.revision)
        self._dataset = HubDataset(where, spec.image_column)
        self._columns = self._chosen()
        self._lock = Lock()
        self._shard, self._next = -1, 0
        self._cells: Iterator[object] = iter(())
        self._kept: dict[int, object] = {}

    @property
    def identity(self) -> Mapping[str, Json]:
        """See `services.dataset.ports.Source`. What and where is in the tokens."""
        return {"type": "huggingface", "image_column": self._spec.image_column}

    @property
    def name(self) -> str:
        """See `services.dataset.ports.Source`."""
        return (self._spec.dataset_name or self._spec.folder or "").rpartition("/")[2]

    def items(self) -> Iterator[SourceItem | RefusedItem]:
        """See `services.dataset.ports.Source`."""
        heads = list(dict.fromkeys(_head(name, self._dataset.columns) for name in self._columns.names))
        reader = RowReader(self._columns)
        for seen in self._dataset.rows(heads):
            cells = dict(zip(heads, seen.cells, strict=True))
            row = reader.read([_inside(cells, name) for name in self._columns.names])
            called = seen.path or f"{seen.number:0{_DIGITS}}.png"
            if trouble := trouble_with(called):
                yield RefusedItem(name=f"row-{seen.number}", reason="bad_name", detail=trouble)
                continue
            yield SourceItem(
                name=called,
                token=self._token(seen),
                place=json.dumps([seen.path] if seen.path else [seen.shard, seen.row]),
                uri=f"hf://datasets/{self._spec.dataset_name}" if self._spec.dataset_name else "",
                captions=row.captions,
                width=row.size.width if row.size else None,
                height=row.size.height if row.size else None,
            )

    def fetch(self, item: SourceItem, blobs: Blobs) -> Fetched:
        """See `services.dataset.ports.Source`."""
        place = json.loads(item.place)
        if len(place) == 1:
            return self._file(str(place[0]), blobs)
        cell = self._cell(int(place[0]), int(place[1]))
        data = cell.get("bytes") if isinstance(cell, dict) else cell
        if not isinstance(data, bytes):
            detail = "the row has no picture in it, or one outside of the dataset"
            raise FetchFailedError("not_an_image", detail)
        return _stored([data], blobs)

    def _file(self, path: str, blobs: Blobs) -> Fetched:
        if path in self._sent:  # whose bytes are here already
            sent = self._sent[path]
            return Fetched(digest=sent.digest, size_bytes=sent.size_bytes)
        try:
            with self._dataset.open(path) as file:
                return _stored(iter(lambda: file.read(CHUNK_BYTES), b""), blobs)
        except FileNotFoundError as error:
            raise FetchFailedError("gone", "the dataset has no such file any more") from error
        except OSError as error:
            raise FetchFailedError("unavailable", "the file can't be read now", is_lasting=False) from error

    def _cell(self, shard: int, row: int) -> object:
        """A picture's cell. Units ask for rows in order, in several threads."""
        with self._lock:
            if shard == self._shard and row in self._kept:
                return self._kept.pop(row)
            if shard != self._shard or not self._next <= row < self._next + _AHEAD:
                self._cells = self._dataset.pictures(shard, row)
                self._shard, self._next, self._kept = shard, row, {}
            while self._next <= row:
                try:
                    cell = next(self._cells, None)
                except InvalidInputError as error:
                    raise FetchFailedError("broken", error.message) from error
                self._kept[self._next] = cell
                self._next += 1
            while len(self._kept) > _AHEAD:
                self._kept.pop(next(iter(self._kept)))
            return self._kept.pop(row)

    def _token(self, seen: SeenRow) -> str:
        """What the bytes of a row's picture depend on: its file as it is now, and its place there."""
        spec = self._spec
        path = seen.path or self._dataset.file_of(seen.shard)
        place = "" if seen.path else f"#{seen.row if path else seen.number}"
        if path in self._sent:
            return f"{self._sent[path].digest}{place}"
        if spec.dataset_name is not None:
            return f"{self._dataset.base}{path or f'{spec.config}/{spec.split}'}{place}"
        found = Path(self._dataset.base, path).stat()
        return f"{self._dataset.base}{path} {found.st_size} {found.st_mtime_ns} {spec.split}{place}"

    def _chosen(self) -> TableColumns:
        """The columns: fields of structs (`a.b`) count as columns."""
        present = self._dataset.columns
        named = [name for name in _named(self._spec) if _head(name, present) in present]
        return self._spec.options.columns([*present, *named], what="the dataset", needs_name=False)


def _named(spec: HubSpec) -> Iterator[str]:
    for given in (
        spec.caption_column,
        spec.fallback_caption_column,
        spec.description_column,
        spec.width_column,
        spec.height_column,
    ):
        yield from (given,) if isinstance(given, str) else given or ()


def _head(name: str, present: list[str]) -> str:
    return name if name in present else name.partition(".")[0]


def _inside(cells: Mapping[str, object], name: str) -> object:
    """A column, or a field of a struct, at any depth."""
    if name in cells:
        return cells[name]
    head, *fields = name.split(".")
    value = cells.get(head)
    for field in fields:
        value = value.get(field) if isinstance(value, dict) else None
    return value


def _stored(chunks: Iterator[bytes] | list[bytes], blobs: Blobs) -> Fetched:
    with Sink(most_bytes=MAX_FILE_BYTES) as sink:
        head = b""
        for chunk in chunks:
            head = head or chunk[:HEAD_BYTES]
            if picture_kind(head) is None:
                raise FetchFailedError("not_an_image", f"it holds {other_kind(head)}, no picture")
            sink.write(chunk)
        if not head:
            raise FetchFailedError("not_an_image", "it holds nothing")
        return sink.store(blobs)


class SentFolder:
    """A folder that was sent, for the library: tables whole, of pictures the names alone."""

    def __init__(self, blobs: Blobs, listing: Digest) -> None:
        """Lay it out.

        Raises:
            InvalidInputError: it is empty, or no listing.
            NotFoundError: the listing or a table is not in the project.
        """
        self.path = folder_of(self)
        self.files: dict[str, ListedFile] = {}
        for file in read_listing(blobs.open(listing), what="the dataset's folder"):
            if isinstance(file, ListedFile) and not trouble_with(file.name):
                self._lay_out(file, blobs)
        if not self.files:
            raise InvalidInputError("the dataset's folder is empty; send one with pictures or tables")

    def _lay_out(self, file: ListedFile, blobs: Blobs) -> None:
        self.files[file.name] = file
        path = self.path / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if split_suffix(file.name)[1] in IMAGE_SUFFIXES:
            path.touch()
        else:
            blobs.fetch(file.digest, path)
