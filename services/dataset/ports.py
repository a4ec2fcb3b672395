"""What the dataset service needs of the outside: decoding pictures, and sources of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from services.dataset.domain.decoding import Decoding
from services.dataset.domain.probe import Face, Trimmed
from services.dataset.domain.rendering import Rendering
from services.dataset.domain.table_columns import BrokenRow
from services.dataset.source_specs import SourceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A picture of a file: the only one, or a frame, a page.

    Args:
        part: which, from 0.
        width, height: upright, without the border that was cut off.
        rendition: a PNG of it, upright, sRGB, 8 bits; None where the file is that.
        mask: a grey PNG of how opaque each pixel is; None where all are, or nobody asked.
        trimmed: what a border was cut off; None where nothing was.
        thumbnail: a small JPEG.
        phash, dhash, sharpness: see `domain/looks.py`.
    """

    part: int
    format: str
    media_type: str
    width: int
    height: int
    rendition: bytes | None
    mask: bytes | None
    trimmed: Trimmed | None
    thumbnail: bytes
    phash: str
    dhash: str
    sharpness: float


class BrokenPictureError(Exception):
    """A file that is no picture or can't be decoded: a word to count by, and a sentence for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Decoder(Protocol):
    """Decodes pictures."""

    def decode(self, data: bytes, decoding: Decoding) -> Iterator[Decoded]:
        """Decode a file; its pictures come one by one.

        Raises:
            BrokenPictureError: it, or the rest of it, is no picture, is damaged, or is too large; the same
                bytes always are.
            MemoryError: it did not fit.
        """
        ...


class Renderer(Protocol):
    """Makes pictures for other tools."""

    def render(self, picture: bytes, wanted: Rendering) -> bytes:
        """A PNG of a picture that can be decoded and is upright.

        Raises:
            MemoryError: it did not fit.
        """
        ...


class FaceFinder(Protocol):
    """Finds faces."""

    def find(self, picture: bytes) -> Face | None:
        """The largest frontal face of a picture that can be decoded and is upright; None where there is none.

        Raises:
            MemoryError: it did not fit.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceItem:
    """A file as a look at its source gives it, without its bytes.

    Args:
        name: as the listing has it: relative, with "/", each once in a source.
        token: stands for the bytes: within a source of one `identity`, the same token is the same bytes. So
            it has whatever names them there (a path, a key, a URL) and what changes with them (etag, time).
        place: whatever `fetch` needs to find it; it is in the plan, so no credentials.
        uri: where it is, for people, without credentials.
        captions: what the source says of it, alternatives of each other.
        width, height: in pixels, as the source declares them; both or none.
    """

    name: str
    token: str
    place: str = ""
    uri: str = ""
    captions: tuple[str, ...] = ()
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedItem:
    """A file that was found and is not even tried: its name, a word to count by, a sentence for people."""

    name: str
    reason: str
    detail: str
    uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The bytes of an item, which are a blob now."""

    digest: Digest
    size_bytes: int
    etag: str = ""


class FetchFailedError(Exception):
    """An item that can't be had: a word to count by (`dead_url`, `too_large`), and a sentence for people.

    A lasting failure is remembered, and the item not tried again while its token is the same. One that is
    not (the source was away, time after time) fails the item in this job only.
    """

    def __init__(self, reason: str, detail: str, *, is_lasting: bool = True) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.is_lasting = is_lasting


class Source(Protocol):
    """Files somewhere: a folder of the server, a bucket, an archive, a table of URLs."""

    @property
    def identity(self) -> Mapping[str, Json]:
        """What, with an item's token, its bytes are remembered by: no secrets in it.

        What does not change the bytes an item gives has no place in it: a table of URLs is not named.
        """
        ...

    @property
    def name(self) -> str:
        """What the source is called among its neighbours: a folder's own name; "" where it has none."""
        ...

    def items(self) -> Iterator[SourceItem | RefusedItem]:
        """All that is there, in any order, in flat memory. Called when a job is planned, in `serve`.

        Of items with one name, the first is taken and the others are refused.

        Raises:
            InvalidInputError: the source can't be read at all: it is not there, or refuses us.
            UnavailableError: it is away; the job is planned again later.
        """
        ...

    def fetch(self, item: SourceItem, blobs: Blobs) -> Fetched:
        """Make an item's bytes a blob. Called in a worker's child, in several threads at a time.

        It tries again by itself, within limits, what may get better. Of `item`, `captions` are left out.

        Raises:
            FetchFailedError: it can't be had.
            UnavailableError: the studio's own store is away; the unit is tried again when it is back.
        """
        ...


class Table(Protocol):
    """A table that is read from its beginning, any number of times."""

    @property
    def columns(self) -> Sequence[str]:
        """The names of its columns, as it has them."""
        ...

    def rows(self, names: Sequence[str]) -> Iterator[tuple[object, ...] | BrokenRow]:
        """The cells of these columns, row by row, in flat memory; null is None, of whatever kind.

        Raises:
            InvalidInputError: the table is damaged from here on, or has no such column.
        """
        ...


class Pixels(Protocol):
    """Tells pictures apart by their pixels."""

    def digests(self, paths: Sequence[Path]) -> list[Digest | None]:
        """For each file, what is equal where size and pixels are; None where that can't be told."""
        ...


class Tables(Protocol):
    """Opens tables: CSV, Parquet, JSON lines."""

    def open(self, blobs: Blobs, digest: Digest, kind: str, scratch: Path) -> AbstractContextManager[Table]:
        """The table of these bytes: `csv`, `parquet`, `jsonl`, or "" for what it is. `scratch` holds it.

        Raises:
            InvalidInputError: it is no such table.
            NotFoundError: it is not there.
        """
        ...


class Sources(Protocol):
    """Opens sources."""

    def open(self, spec: SourceSpec, blobs: Blobs) -> Source:
        """The source that `spec` names. `blobs` are those of the project.

        Raises:
            InvalidInputError: it is not there, or may not be read.
            NotFoundError: its archive is no blob of the project.
        """
        ...
