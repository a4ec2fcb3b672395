"""What a dataset's source may be, from JSON: a folder, an archive, a bucket, a table. No secrets in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from bakehouse.canonical_json import Json
from bakehouse.digest import parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.rpc.names import parse_dataset_id
from bakehouse.secret_values import REFERENCE
from bakehouse.spec import parse_spec, suggestion
from services.dataset.domain.rules import Size
from services.dataset.domain.table_columns import TableOptions

_EXTENSION = re.compile(r"\.[A-Za-z0-9._-]{1,15}")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+/?")
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_HUB_WORD = re.compile(r"[A-Za-z0-9_][\w./-]{0,127}", re.ASCII)
_LEAST_RESIZE, _MOST_RESIZE = 64, 16_384
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """What all sources may say.

    Args:
        caption_extension: of the texts beside pictures.
        kohya_folders: folders called `N_name` become entries of their own, with N - 1 repeats.
    """

    caption_extension: str = ".txt"
    kohya_folders: bool = False

    def check(self) -> None:
        """Refuse what can't be.

        Raises:
            InvalidInputError: it is that.
        """
        if not _EXTENSION.fullmatch(self.caption_extension):
            raise InvalidInputError(
                f"caption_extension {self.caption_extension!r}: give one as .txt or .caption"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSpec(SourceSpec):
    """A folder of the server: its absolute path, below one of the roots that may be read."""

    path: str

    def __post_init__(self) -> None:
        self.check()


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipSpec(SourceSpec):
    """A zip archive: the digest of its blob."""

    archive: str

    def __post_init__(self) -> None:
        self.check()
        parse_digest(self.archive, field="archive")


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSpec(SourceSpec):
    """Objects of any S3 below a prefix.

    Without keys those of the service's own environment are used, and without these none: a public bucket.
    """

    bucket: str
    prefix: str = ""
    region: str | None = None
    endpoint_url: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None

    def __post_init__(self) -> None:
        self.check()
        if not _BUCKET.fullmatch(self.bucket):
            raise InvalidInputError(
                f"aws_bucket_name {self.bucket!r}: no name of a bucket; give it without s3://"
            )
        if self.endpoint_url and not _ENDPOINT.fullmatch(self.endpoint_url):
            raise InvalidInputError(
                "aws_endpoint_url: no server of S3; give http(s)://host[:port], without user and password"
            )
        keys = (self.access_key_id, self.secret_access_key)
        if any(key is not None and not key.startswith(REFERENCE) for key in keys):
            raise InvalidInputError(
                f"aws_secret_access_key: a key in clear; name it {REFERENCE}NAME and keep it in the studio's "
                "environment"
            )
        if (keys[0] is None) != (keys[1] is None):
            raise InvalidInputError("aws_access_key_id and aws_secret_access_key: give both or none")


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlListSpec(SourceSpec):
    """A table of URLs: the digest of its blob, and its columns as `TableOptions` has them.

    Args:
        table: CSV, Parquet or JSON lines.
        format: which of them; what it is where it isn't said.
        resize: the shorter edge of what is stored, in px; larger pictures are made smaller.
    """

    table: str
    format: Literal["csv", "parquet", "jsonl"] | None = None
    url_column: str | None = None
    filename_column: str | None = None
    caption_column: str | tuple[str, ...] | None = None
    fallback_caption_column: str | tuple[str, ...] | None = None
    width_column: str | None = None
    height_column: str | None = None
    identifier_includes_extension: bool = False
    resize: Annotated[int, Field(ge=_LEAST_RESIZE, le=_MOST_RESIZE)] | None = None

    def __post_init__(self) -> None:
        self.check()
        parse_digest(self.table, field="table")

    @property
    def options(self) -> TableOptions:
        """Its columns, as they are named."""
        return TableOptions(
            filename_column=self.filename_column,
            caption_column=self.caption_column,
            fallback_caption_column=self.fallback_caption_column,
            width_column=self.width_column,
            height_column=self.height_column,
            url_column=self.url_column,
            identifier_includes_extension=self.identifier_includes_extension,
        )

    def stored_size(self, size: Size) -> Size:
        """The size of what is stored of a picture of `size`."""
        edge, shorter = self.resize, min(size.width, size.height)
        if edge is None or shorter <= edge:
            return size
        return Size(
            width=max(edge, round(size.width * edge / shorter)),
            height=max(edge, round(size.height * edge / shorter)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpec(SourceSpec):
    """A dataset of Hugging Face: of the hub, a folder of the server, or a folder that was sent.

    Args:
        dataset_name: OWNER/NAME, of the hub.
        folder: an absolute path of the server, below one of the roots that may be read.
        files: the listing of all files of a folder that was sent.
        config, split, revision: of it; a revision is one of the hub.
        image_column: what holds the pictures.
        caption_column: texts, lists or structs of texts; `a.b` is field b of column a.
        fallback_caption_column, description_column: for rows without captions, one after the other.
        width_column, height_column: declared sizes.
    """

    dataset_name: str | None = None
    folder: str | None = None
    files: str | None = None
    config: str | None = None
    split: str = "train"
    revision: str | None = None
    image_column: str = "image"
    caption_column: str | tuple[str, ...] | None = None
    fallback_caption_column: str | tuple[str, ...] | None = None
    description_column: str | None = None
    width_column: str | None = None
    height_column: str | None = None

    def __post_init__(self) -> None:
        self.check()
        if sum(place is not None for place in (self.dataset_name, self.folder, self.files)) != 1:
            raise InvalidInputError("dataset_name: give one of dataset_name, folder and files")
        if self.dataset_name is not None and not _HUB_NAME.fullmatch(self.dataset_name):
            raise InvalidInputError(
                f"dataset_name {self.dataset_name!r}: no name of the hub; give OWNER/NAME, or a folder"
            )
        if self.files is not None:
            parse_digest(self.files, field="files")
        if self.revision is not None and self.dataset_name is None:
            raise InvalidInputError("revision: it goes with a dataset of the hub; leave it out")
        for name in ("config", "split", "revision"):
            if (value := getattr(self, name)) is not None and not _HUB_WORD.fullmatch(value):
                raise InvalidInputError(f"{name} {value!r}: give letters, digits, '.', '_', '-' and '/'")

    @property
    def options(self) -> TableOptions:
        """Its columns, as they are named."""
        fallbacks = self.fallback_caption_column or ()
        several = (fallbacks,) if isinstance(fallbacks, str) else fallbacks
        return TableOptions(
            caption_column=self.caption_column,
            fallback_caption_column=(*several, self.description_column)
            if self.description_column
            else several,
            width_column=self.width_column,
            height_column=self.height_column,
        )


# A kind of source: its `type`, and what it is asked. Its adapter: `adapters/sources.py`.
SOURCES: Mapping[str, type[SourceSpec]] = {
    "aws": BucketSpec,
    "csv": UrlListSpec,
    "folder": FolderSpec,
    "huggingface": HubSpec,
    "zip": ZipSpec,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSpec:
    """What to ingest: sources by the ids of their entries."""

    sources: Mapping[str, SourceSpec]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sources:
    sources: dict[str, dict[str, Any]]


def parse_ingest(data: Json) -> IngestSpec:
    """The spec of an ingest.

    Raises:
        InvalidInputError: a source is none, or there is none; the message says all that is wrong.
    """
    given = parse_spec(_Sources, data, what="ingest").sources
    problems: list[InvalidInputError] = []
    sources: dict[str, SourceSpec] = {}
    for name in sorted(given):
        try:
            parse_dataset_id(name, field="sources")
            sources[name] = parse_source(given[name], what=f"dataset {name}")
        except InvalidInputError as error:
            problems.append(error)
    if not given:
        problems = [InvalidInputError("ingest: no source; give one at least", field="sources")]
    if problems:
        raise InvalidInputError("; ".join(error.message for error in problems), field=problems[0].field)
    return IngestSpec(sources=sources)


def parse_source(data: Mapping[str, Json], *, what: str) -> SourceSpec:
    """One source, by its `type`.

    Raises:
        InvalidInputError: there is no such type, or its options are wrong.
    """
    fields = {name: value for name, value in data.items() if value is not None}
    kind = fields.pop("type", None)
    if not isinstance(kind, str) or kind not in SOURCES:
        raise InvalidInputError(f"{what}: source type {kind!r}: unknown{suggestion(str(kind), SOURCES)}")
    return parse_spec(SOURCES[kind], fields, what=what)
