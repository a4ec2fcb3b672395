"""The library `datasets`: a dataset of Hugging Face as rows without pictures, and pictures one by one.

Everything is streamed, so that nothing is copied to this machine's disk. What a dataset says of its own files
is checked: they lie below it, nowhere else.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import IO, Any, Protocol, TypeVar
from weakref import finalize

import yaml

from bakehouse.errors import InvalidInputError, UnavailableError

_CARD = "README.md"
_HUB = "hf://datasets/"
_MAX_CARD = 1 << 20

T = TypeVar("T")


class _Stream(Protocol):
    """What is used of the library's `IterableDataset`."""

    features: Mapping[str, object] | None
    column_names: list[str] | None
    num_shards: int

    def __iter__(self) -> Iterator[dict[str, Any]]: ...
    def shard(self, num_shards: int, index: int) -> "_Stream": ...
    def skip(self, n: int) -> "_Stream": ...
    def select_columns(self, names: list[str]) -> "_Stream": ...
    def cast_column(self, name: str, feature: object) -> "_Stream": ...


class _Config(Protocol):
    data_files: Mapping[str, Sequence[object]] | None


class _Builder(Protocol):
    """What is used of the library's `DatasetBuilder`."""

    name: str
    config: _Config

    def as_streaming_dataset(self, split: str) -> _Stream: ...


class _Library(Protocol):
    """What is used of the library."""

    Image: Callable[..., object]

    def load_dataset_builder(self, path: str, name: str | None, **options: object) -> _Builder: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which dataset: `path` is a folder of this machine or a name of the hub."""

    path: str
    config: str | None
    split: str
    revision: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is a folder."""
        return self.path.startswith("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRow:
    """A row without its picture. `path` is the picture's, in the dataset; empty where it is in the table."""

    number: int
    shard: int
    row: int
    cells: tuple[object, ...]
    path: str = ""


class HubDataset:
    """A split of a dataset, as the library reads it."""

    def __init__(self, where: Where, image_column: str) -> None:
        """Look at the dataset.

        Raises:
            InvalidInputError: it is not there, or can't be read; the library is not installed.
            UnavailableError: the hub does not answer.
        """
        self._library = _library()
        self._where = where
        self._image = image_column
        self._scratch = folder_of(self)
        _check_card(self._card())
        self._builder = _translated(self._opened)
        self._files = self._checked_files()
        self._stream = _translated(lambda: self._builder.as_streaming_dataset(split=where.split))
        self.columns = list(self._stream.features or self._stream.column_names or ())
        if image_column not in self.columns:
            raise InvalidInputError(
                f"image_column: the dataset has no column {image_column!r}; it has {', '.join(self.columns)}",
                field="image_column",
            )

    @property
    def base(self) -> str:
        """What the paths of all its files begin with."""
        if self._where.is_local:
            return f"{self._where.path.rstrip('/')}/"
        first = self._files[0] if self._files else ""
        found = re.match(rf"{re.escape(_HUB + self._where.path)}@[^/]+/", first)
        return found[0] if found else f"{_HUB}{self._where.path}/"

    def file_of(self, shard: int) -> str:
        """The file that a shard is, within the dataset; empty where a shard is no file."""
        files = self._files
        return self._within(files[shard]) if len(files) == int(self._stream.num_shards) else ""

    def rows(self, names: Sequence[str]) -> Iterator[SeenRow]:
        """All rows, in order, with these of their columns; of tables of Parquet no picture is read.

        Raises:
            InvalidInputError: the dataset is damaged.
        """
        only = [name for name in names if name != self._image]
        stream = self._stream
        if self._builder.name == "parquet" and only:
            narrow = _translated(lambda: self._opened(columns=only))
            stream = narrow.as_streaming_dataset(split=self._where.split)
            has_image = False
        else:
            stream, has_image = self._raw(stream), True
        number = 0
        for shard in range(int(stream.num_shards)):
            part = stream.shard(stream.num_shards, shard)
            for row, cells in enumerate(self._each(part)):
                path = self._path(cells[self._image]) if has_image else ""
                yield SeenRow(
                    number=number, shard=shard, row=row, cells=tuple(cells.get(n) for n in names), path=path
                )
                number += 1

    def pictures(self, shard: int, first: int) -> Iterator[object]:
        """The cells of the column of pictures of a shard, from the row `first` on.

        Raises:
            InvalidInputError: the dataset is damaged.
        """
        part = self._raw(self._stream).shard(self._stream.num_shards, shard).skip(first)
        for cells in self._each(part.select_columns([self._image])):
            yield cells[self._image]

    def open(self, path: str) -> IO[bytes]:
        """A file of the dataset, by its path within it."""
        from datasets.utils.file_utils import xopen  # optional: see `_library`

        file: IO[bytes] = xopen(self.base + path, "rb")
        return file

    def _opened(self, columns: list[str] | None = None) -> _Builder:
        where = self._where
        more = {"columns": columns} if columns else {}
        return self._library.load_dataset_builder(
            where.path, where.config, revision=where.revision, cache_dir=str(self._scratch), **more
        )

    def _raw(self, stream: _Stream) -> _Stream:
        """The same rows with pictures as bytes or path, not decoded."""
        features = stream.features or {}
        if type(features.get(self._image)).__name__ != "Image":
            return stream
        return stream.cast_column(self._image, self._library.Image(decode=False))

    def _each(self, stream: _Stream) -> Iterator[dict[str, Any]]:
        rows = iter(stream)
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except (OSError, ValueError, TypeError, LookupError, ArithmeticError) as error:
                raise InvalidInputError(f"the dataset can't be read on: {_first_line(error)}") from error
            yield row

    def _path(self, cell: object) -> str:
        """A picture's path within the dataset, where its bytes are not in the table."""
        if not isinstance(cell, dict) or cell.get("bytes") is not None:
            return ""
        path = cell.get("path")
        return self._within(path) if isinstance(path, str) else ""

    def _within(self, path: str) -> str:
        """A path of the dataset without its beginning; empty where it leads elsewhere."""
        if self._where.is_local:
            real, base = Path(path).resolve(), Path(self._where.path).resolve()
            return real.relative_to(base).as_posix() if real.is_relative_to(base) else ""
        found = re.match(rf"{re.escape(_HUB + self._where.path)}@[^/]+/(.+)", path)
        return "" if found is None or ".." in found[1].split("/") else found[1]

    def _checked_files(self) -> list[str]:
        files = [str(file) for file in (self._builder.config.data_files or {}).get(self._where.split, ())]
        if odd := next((file for file in files if not self._within(file)), None):
            raise InvalidInputError(f"the dataset names a file outside of itself: {odd[:100]!r}; drop it")
        return files

    def _card(self) -> str:
        if self._where.is_local:
            card = Path(self._where.path, _CARD)
            return card.read_text(errors="replace")[:_MAX_CARD] if card.is_file() else ""
        from huggingface_hub import HfFileSystem  # comes with `datasets`

        revision = f"@{self._where.revision}" if self._where.revision else ""
        try:
            with HfFileSystem().open(f"datasets/{self._where.path}{revision}/{_CARD}", "rb") as card:
                return bytes(card.read(_MAX_CARD)).decode(errors="replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise UnavailableError(f"the hub does not answer: {_first_line(error)}") from error


def folder_of(owner: object) -> Path:
    """A folder that is gone when `owner` is."""
    folder = mkdtemp(prefix="bakehouse-hub-")
    finalize(owner, rmtree, folder, ignore_errors=True)
    return Path(folder).resolve()


def _translated(look: Callable[[], T]) -> T:
    try:
        return look()
    except (ConnectionError, TimeoutError) as error:
        raise UnavailableError(f"the hub does not answer: {_first_line(error)}") from error
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise InvalidInputError(f"the dataset can't be read: {_first_line(error)}") from error


def _library() -> _Library:
    try:
        import datasets  # of the extra dataset-hf: 100 MB with pandas
    except ImportError as error:
        raise InvalidInputError(
            "datasets of Hugging Face need the extra dataset-hf; install bakehouse[dataset-hf] where the "
            "dataset service runs, or use type local"
        ) from error
    datasets.disable_progress_bars()
    library: _Library = datasets
    return library


def _check_card(card: str) -> None:
    """Refuse a card that leads the library to files outside of the dataset.

    Raises:
        InvalidInputError: it does.
    """
    head = card.split("---", 2)
    if len(head) < 3 or head[0].strip():
        return
    try:
        fields = yaml.safe_load(head[1])
    except yaml.YAMLError as error:
        raise InvalidInputError("the dataset's README.md has a head that is no YAML; mend it") from error
    configs = fields.get("configs") if isinstance(fields, dict) else None
    for text in _texts(configs):
        if "://" in text or text.startswith(("/", "~", "\\")) or ".." in text.split("/"):
            raise InvalidInputError(
                f"the dataset's README.md names files outside of it: {text[:100]!r}; drop that"
            )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
