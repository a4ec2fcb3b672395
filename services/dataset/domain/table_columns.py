"""Which columns of a table say what, and what a row says by them. Knows no file format."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bakehouse.dataset_config.entry_fields import ParquetBlock
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.file_names import IMAGE_SUFFIXES, split_suffix
from services.dataset.domain.cells import edge_of, name_of, texts_of
from services.dataset.domain.rules import Size

MAX_PIXELS = 2**27  # of a declared size; nothing larger is decoded
MAX_CAPTION_BYTES = 1 << 15  # of all captions of a row together, as JSON

_NAMED = 40  # columns, in a message
_USUAL = {
    "filename": ("filename", "file_name", "id"),
    "caption": ("caption", "text"),
    "width": ("width",),
    "height": ("height",),
    "url": ("url", "image_url"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumns:
    """The columns of a table by what they hold. None, (): there is none.

    Args:
        filename: the name of the picture's file, or its stem.
        captions: texts or lists of texts; all they say are alternatives.
        fallbacks: the same, for a row whose captions are null or empty.
        width, height: declared, in pixels.
        url: where the picture is.
        includes_extension: whether `filename` holds names as they are, with their suffix.
    """

    filename: str | None = None
    captions: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    width: str | None = None
    height: str | None = None
    url: str | None = None
    includes_extension: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, each once."""
        given = (self.filename, self.url, *self.captions, *self.fallbacks, self.width, self.height)
        return tuple(dict.fromkeys(name for name in given if name))

    def found_in(self, present: Sequence[str], *, what: str) -> "TableColumns":
        """These columns, once it is known that the table has them.

        Raises:
            InvalidInputError: some are missing; the message has those that there are. `what` names the table.
        """
        require_columns(self.names, present, what=what)
        if (self.width is None) != (self.height is None):
            raise InvalidInputError(
                f"{what}: width_column and height_column go together; give both or neither",
                field="width_column",
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """The columns of a table as a user names them; those that are not named are looked for.

    Args:
        filename_column: `filename`, `file_name` or `id` where it isn't given.
        caption_column: one or several; `caption` or `text`.
        fallback_caption_column: for rows whose captions are null or empty.
        width_column, height_column: `width` and `height`.
        url_column: `url` or `image_url`.
        identifier_includes_extension: names are as they are, with their suffix.
    """

    filename_column: str | None = None
    caption_column: str | tuple[str, ...] | None = None
    fallback_caption_column: str | tuple[str, ...] | None = None
    width_column: str | None = None
    height_column: str | None = None
    url_column: str | None = None
    identifier_includes_extension: bool = False

    def columns(
        self, present: Sequence[str], *, what: str, needs_url: bool = False, needs_name: bool = False
    ) -> TableColumns:
        """The columns of a table that has the columns `present`.

        Raises:
            InvalidInputError: a column that is named or needed is missing; the message has those there are.
        """
        usual = {name: _usual(names, present) for name, names in _USUAL.items()}
        width, height = self.width_column, self.height_column
        if width is None and height is None and usual["width"] and usual["height"]:
            width, height = usual["width"], usual["height"]
        url = (self.url_column or usual["url"] or "url") if needs_url else None
        filename = self.filename_column or (None if needs_url else usual["filename"])
        captions = _several(self.caption_column) or _several(usual["caption"])
        return TableColumns(
            filename=filename or ("filename" if needs_name else None),
            captions=captions,
            fallbacks=_several(self.fallback_caption_column),
            width=width,
            height=height,
            url=url,
            includes_extension=self.identifier_includes_extension,
        ).found_in(present, what=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """What a row says. `size` is None where it declares none, or none that can be."""

    name: str = ""
    url: str = ""
    captions: tuple[str, ...] = ()
    size: Size | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRow:
    """A row of a table that can't be read: its place, from 1, and why, as a sentence."""

    number: int
    detail: str


class RowReader:
    """Reads rows whose cells are those of `columns.names`, in that order."""

    def __init__(self, columns: TableColumns) -> None:
        place = {name: number for number, name in enumerate(columns.names)}
        self._filename = _at(place, columns.filename)
        self._url = _at(place, columns.url)
        self._captions = [place[name] for name in columns.captions]
        self._fallbacks = [place[name] for name in columns.fallbacks]
        self._size = _at(place, columns.width), _at(place, columns.height)

    def read(self, cells: Sequence[object]) -> TableRow:
        """What a row says."""
        return TableRow(
            name=self.name(cells),
            url="" if self._url is None else name_of(cells[self._url]),
            captions=_captions(cells, self._captions) or _captions(cells, self._fallbacks),
            size=self.size(cells),
        )

    def name(self, cells: Sequence[object]) -> str:
        """What a row's file is called, or empty."""
        return "" if self._filename is None else name_of(cells[self._filename])

    def size(self, cells: Sequence[object]) -> Size | None:
        """The size that a row declares."""
        at_width, at_height = self._size
        if at_width is None or at_height is None:
            return None
        width, height = edge_of(cells[at_width]), edge_of(cells[at_height])
        if width is None or height is None or width * height > MAX_PIXELS:
            return None
        return Size(width=width, height=height)


def read_rows(
    rows: Iterable[tuple[object, ...] | BrokenRow], columns: TableColumns
) -> Iterator[TableRow | BrokenRow]:
    """What rows say that have the cells of `columns.names`."""
    reader = RowReader(columns)
    for cells in rows:
        yield cells if isinstance(cells, BrokenRow) else reader.read(cells)


def joined_columns(block: ParquetBlock, *, captions: bool, sizes: bool) -> TableColumns:
    """The columns by which a table is joined to a listing, for its captions, its sizes or both."""
    return TableColumns(
        filename=block.filename_column,
        captions=block.caption_column if captions else (),
        fallbacks=_several(block.fallback_caption_column) if captions else (),
        width=block.width_column if sizes else None,
        height=block.height_column if sizes else None,
        includes_extension=block.identifier_includes_extension,
    )


def require_columns(wanted: Iterable[str], present: Sequence[str], *, what: str) -> None:
    """Refuse a table that lacks columns.

    Raises:
        InvalidInputError: it does; the message has those that there are.
    """
    missing = [name for name in wanted if name not in present]
    if not missing:
        return
    told = ", ".join(f"{name!r}{_near(name, present)}" for name in missing)
    more = f" and {len(present) - _NAMED} more" if len(present) > _NAMED else ""
    raise InvalidInputError(
        f"{what} has no column {told}; it has {', '.join(present[:_NAMED]) or 'none'}{more}", field="columns"
    )


def key_of_row(name: str, *, includes_extension: bool) -> str:
    """What a row is found by: its file's name, without the suffix of a picture where that is left open."""
    name = name.removeprefix("./").strip("/")
    if includes_extension:
        return name
    stem, suffix = split_suffix(name)
    return stem if suffix in IMAGE_SUFFIXES else name


def keys_of_file(name: str, *, includes_extension: bool) -> Sequence[str]:
    """What may find the row of a listed file, the best first: its place in the folder, then its name."""
    stem, _ = split_suffix(name)
    last = name.rpartition("/")[2]
    if includes_extension:
        return tuple(dict.fromkeys((name, last)))
    return tuple(dict.fromkeys((stem, split_suffix(last)[0])))


def _usual(names: Sequence[str], present: Sequence[str]) -> str | None:
    """The first of `names` that the table has, in whatever case."""
    by_lower = {name.lower(): name for name in reversed(present)}
    return next((by_lower[name] for name in names if name in by_lower), None)


def _several(given: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else given


def _captions(cells: Sequence[object], places: Sequence[int]) -> tuple[str, ...]:
    if not places:
        return ()
    room = MAX_CAPTION_BYTES
    found = []
    for text in dict.fromkeys(text for place in places for text in texts_of(cells[place])):
        room -= len(json.dumps(text, ensure_ascii=False).encode())
        if room < 0:
            break
        found.append(text)
    return tuple(found)


def _at(place: dict[str, int], name: str | None) -> int | None:
    return None if name is None else place[name]


def _near(name: str, present: Sequence[str]) -> str:
    near = get_close_matches(name, present, n=1, cutoff=0.6)
    return f" ({near[0]!r} is near)" if near else ""
