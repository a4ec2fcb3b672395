"""The files of a base model: their listing checked, then brought to a local folder. Without torch.

A pickle is refused: loading one runs whatever code is in it.
"""

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bakehouse.base_model import Layout
from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.disk import disk_error
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.spec import parse_spec

INDEX = "model_index.json"
WEIGHTS = ".safetensors"

_PICKLES = frozenset({".ckpt", ".pt", ".pth", ".bin", ".pkl"})
_CONVERT = (
    "convert it where you trust it: load it with torch.load(FILE, weights_only=True) and store its "
    '"state_dict" with safetensors.torch.save_file, or let a diffusers pipeline save_pretrained it'
)
_SAFE = re.compile(r"[\w .,+()\[\]@-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A file of a base model; `name` is relative, with `/`."""

    digest: Digest
    name: str
    size_bytes: int

    def __post_init__(self) -> None:
        parts = PurePosixPath(self.name).parts
        if not parts or self.name.startswith("/") or not all(_is_plain(part) for part in parts):
            raise InvalidInputError(
                f"{self.name[:120]!r} can't be a file of a model; rename it", field="name"
            )

    @property
    def suffix(self) -> str:
        """The end of its name, in lower case, with the dot."""
        return PurePosixPath(self.name).suffix.lower()


def parse_listing(data: bytes) -> tuple[ModelFile, ...]:
    """The files of a listing: a line of JSON for each.

    Raises:
        InvalidInputError: it is no listing.
    """
    return tuple(_files(data.splitlines()))


def check_layout(files: Sequence[ModelFile]) -> Layout:
    """How a base model with these files is laid out: a folder that diffusers saved, or a single file.

    A single file may have the folders of a diffusers model beside it, with configuration and tokenizer.

    Raises:
        InvalidInputError: they are neither; a pickle is refused with the way to convert it.
    """
    for file in files:
        if file.suffix in _PICKLES:
            raise InvalidInputError(f"{file.name} is a pickle checkpoint, which is refused; {_CONVERT}")
    if any(file.name == INDEX for file in files):
        return "diffusers"
    singles = [file.name for file in files if file.suffix == WEIGHTS and "/" not in file.name]
    if len(singles) == 1:
        return "single"
    if singles:
        raise InvalidInputError(f"{' and '.join(singles)} are several models; register one of them")
    raise InvalidInputError(
        f"no base model: neither {INDEX} nor a {WEIGHTS} file is in it; give the folder that diffusers "
        f"saved, or a single {WEIGHTS} file"
    )


def single_file(folder: Path) -> Path:
    """The checkpoint of a model laid out as a single file."""
    (found,) = folder.glob(f"*{WEIGHTS}")
    return found


class ModelShelf:
    """Base models on this machine, each file fetched once. Any number of processes may share the folder."""

    def __init__(self, shared: Blobs, scratch: Path) -> None:
        """Nothing is touched yet. `shared` are the blobs of the project `shared`."""
        self._shared = shared
        self._scratch = scratch

    def folder(self, listing: Digest) -> Path:
        """The local folder with the files of a listing, fetched where they are missing.

        Raises:
            NotFoundError: the listing or a file of it is not in the store.
            CorruptionError, CapacityError, UnavailableError: damaged, no room, or the store is away.
        """
        folder = self._scratch / "base-models" / listing
        for file in parse_listing(self._listing(listing)):
            path = folder / file.name
            if not _has_size(path, file.size_bytes):
                self._place(file, path)
        return folder

    def _listing(self, listing: Digest) -> bytes:
        try:
            return self._shared.get(listing)
        except NotFoundError as error:
            raise NotFoundError(f"listing {listing} is not in the store; upload the model again") from error

    def _place(self, file: ModelFile, path: Path) -> None:
        """Two names of one file, so that models that share a component share the disk."""
        kept = self._scratch / "base-model-files" / file.digest
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error, "keeping a base model", place="the local disk") from error
        if not _has_size(kept, file.size_bytes):
            try:
                self._shared.fetch(file.digest, kept)
            except NotFoundError as error:
                raise NotFoundError(f"{file.name} is not in the store; upload the model again") from error
        try:
            path.unlink(missing_ok=True)
            with suppress(FileExistsError):
                os.link(kept, path)
        except OSError as error:
            raise disk_error(error, "keeping a base model", place="the local disk") from error


def _files(lines: Sequence[bytes]) -> Iterator[ModelFile]:
    for number, line in enumerate(lines, start=1):
        try:
            data: Json = json.loads(line)
        except ValueError as error:
            raise InvalidInputError(
                f"line {number} of the model's listing is no JSON; upload it again"
            ) from error
        yield parse_spec(ModelFile, data, what=f"line {number} of the model's listing")


def _is_plain(part: str) -> bool:
    return _SAFE.fullmatch(part) is not None and part not in {".", ".."}


def _has_size(path: Path, size_bytes: int) -> bool:
    try:
        return path.stat().st_size == size_bytes
    except FileNotFoundError:
        return False
