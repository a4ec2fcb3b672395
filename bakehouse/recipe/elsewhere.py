"""Sources that the studio itself reads: what an entry says of one, as the dataset service is asked for it.

Keys in clear stay here: what is sent names them, and a remark says what the studio's environment needs.
"""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.recipe.findings import Findings
from bakehouse.recipe.listing import FoundFile, files_below
from bakehouse.recipe.places import find_place, server_path
from bakehouse.secret_values import MAX_NAME_LENGTH, REFERENCE, variable_of

_ZIP = ".zip"
_UNFIT = re.compile(r"[^a-z0-9]+")
_KEYS = {"aws_access_key_id": "access_key_id", "aws_secret_access_key": "secret_access_key"}
_BUCKET = {
    "aws_bucket_name": "bucket",
    "aws_data_prefix": "prefix",
    "aws_region_name": "region",
    "aws_endpoint_url": "endpoint_url",
}
_URL_LIST = {
    "csv_url_column": "url_column",
    "csv_caption_column": "caption_column",
    "csv_filename_column": "filename_column",
    "csv_fallback_caption_column": "fallback_caption_column",
    "csv_width_column": "width_column",
    "csv_height_column": "height_column",
    "csv_identifier_includes_extension": "identifier_includes_extension",
    "csv_resize": "resize",
}
_HUB_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)
_HUB = {
    "dataset_config": "config",
    **{
        key: key
        for key in (
            "split",
            "revision",
            "image_column",
            "caption_column",
            "fallback_caption_column",
            "description_column",
            "width_column",
            "height_column",
        )
    },
}
_TABLES = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".jsonl": "jsonl", ".json": "jsonl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A source that the studio reads. `files` of this machine are sent; then digests stand by their keys.

    So is a `folder`, all of it; the digest of its listing stands by the key `files` then.
    """

    source: Mapping[str, Json]
    files: Mapping[str, Path] = field(default_factory=dict)
    folder: tuple[FoundFile, ...] = ()

    def with_digests(self, digests: Mapping[str, Digest]) -> dict[str, Json]:
        """The source as the studio is asked for it."""
        return {**self.source, **digests}


def source_elsewhere(
    values: Mapping[str, Json], folder: Path, findings: Findings, *, entry: str
) -> Elsewhere | None:
    """What an entry of a document in `folder` says of a source of the studio's; None: it is a folder here.

    Raises:
        InvalidInputError: it says what can't be.
    """
    common: dict[str, Json] = {"kohya_folders": True} if "repeats" not in values else {}
    if (extension := values.get("caption_extension")) is not None:
        common["caption_extension"] = extension
    if values.get("type") == "aws":
        return Elsewhere(source={"type": "aws", **common, **_bucket(values, findings, entry=entry)})
    if values.get("type") == "csv":
        return _url_list(values, folder)
    if values.get("type") == "huggingface":
        return _hub_dataset(values, folder)
    named = str(values.get("instance_data_dir", ""))
    if (path := server_path(named)) is not None:
        return Elsewhere(source={"type": "folder", "path": path, **common})
    if named.lower().endswith(_ZIP):
        archive = find_place(named, folder)
        if archive.is_dir():
            return None
        return Elsewhere(source={"type": "zip", **common}, files={"archive": _checked(archive)})
    return None


def named_secret(entry: str, key: str, value: str, findings: Findings) -> str:
    """The reference that stands for a secret of an entry: that which is there, or one made of their names."""
    if value.startswith(REFERENCE):
        return value
    name = _UNFIT.sub("-", f"{entry}-{key}".lower()).strip("-")[-MAX_NAME_LENGTH:].strip("-")
    findings.remarks.append(
        f"dataset {entry}: {key}: it is not sent; the studio's dataset service needs it in its environment: "
        f"{variable_of(name)}"
    )
    return f"{REFERENCE}{name}"


def _bucket(values: Mapping[str, Json], findings: Findings, *, entry: str) -> dict[str, Json]:
    named = {own: values[key] for key, own in _BUCKET.items() if values.get(key)}
    keys: dict[str, Json] = {
        own: named_secret(entry, key, str(values[key]), findings)
        for key, own in _KEYS.items()
        if values.get(key)
    }
    return {**named, **keys}


def _url_list(values: Mapping[str, Json], folder: Path) -> Elsewhere:
    """A table of URLs, which is sent; the studio fetches what it names."""
    table = find_place(str(values["csv_file"]), folder)
    kind = _TABLES.get(table.suffix.lower())
    if kind is None:
        raise InvalidInputError(f"{table.name} is no table; give one of {', '.join(_TABLES)}")
    if not table.is_file():
        raise InvalidInputError(f"{table} is no file; name the table, relative to the document")
    said = {own: values[key] for key, own in _URL_LIST.items() if values.get(key) is not None}
    return Elsewhere(source={"type": "csv", "format": kind, **said}, files={"table": table})


def _hub_dataset(values: Mapping[str, Json], folder: Path) -> Elsewhere:
    """A dataset of Hugging Face: of the hub, a folder of the server, or a folder here, which is sent."""
    block = values.get("huggingface")
    given = {**block, **values} if isinstance(block, Mapping) else values
    said: dict[str, Json] = {own: given[key] for key, own in _HUB.items() if given.get(key) is not None}
    source: dict[str, Json] = {"type": "huggingface", **said}
    named = str(values["dataset_name"])
    if (path := server_path(named)) is not None:
        return Elsewhere(source={**source, "folder": path})
    here = find_place(named, folder)
    if not here.is_dir() and _HUB_NAME.fullmatch(named):
        return Elsewhere(source={**source, "dataset_name": named})
    if not here.is_dir():
        raise InvalidInputError(f"{named} is no folder here and no OWNER/NAME of the hub")
    return Elsewhere(source=source, folder=tuple(files_below(here)))


def _checked(archive: Path) -> Path:
    if not archive.exists():
        raise InvalidInputError(f"{archive} is not there; name a folder of pictures, or a .zip")
    if not zipfile.is_zipfile(archive):
        raise InvalidInputError(f"{archive} is no zip archive, or is cut off; pack the pictures again")
    return archive
