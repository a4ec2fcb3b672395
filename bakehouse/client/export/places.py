"""Where each exported picture lies. Pure: names only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bakehouse.client.snapshot_values import Sample
from bakehouse.digest import Digest
from bakehouse.manifest.file_names import IMAGE_SUFFIXES, split_suffix


class Layout(StrEnum):
    """How an export is laid out."""

    FOLDER = "folder"
    IMAGEFOLDER = "imagefolder"
    PARQUET = "parquet"
    KOHYA = "kohya"

    @property
    def has_text_files(self) -> bool:
        """Whether captions lie beside the pictures."""
        return self in {Layout.FOLDER, Layout.KOHYA}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A picture's file, relative to the export, with "/", and the bytes that go there."""

    name: str
    digest: Digest

    @property
    def text_name(self) -> str:
        """The file of its captions."""
        return f"{split_suffix(self.name)[0]}.txt"


_SUFFIXES: Mapping[str, str] = {
    "image/png": ".png",
    "image/apng": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
    "image/avif": ".avif",
    "image/x-tga": ".tga",
}
_UNFIT = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|]+")
_MOST_BYTES = 200  # of a name, below the 255 that file systems have
_ID_DIGITS = 8


@dataclass(slots=True)
class Places:
    """Gives each picture a place of its own. `folders`: of each dataset."""

    layout: Layout
    folders: Mapping[str, str]
    _taken: dict[str, int] = field(default_factory=dict)

    def place(self, sample: Sample, digest: Digest, *, suffix: str = "") -> Place:
        """Where a sample goes: the same file for parts of one file that are told alike.

        Args:
            sample: one that is kept.
            digest: of the bytes that go there.
            suffix: of a picture that was made for this; "" for the source's own.
        """
        name = _fit(sample.file, flat=self.layout is Layout.KOHYA)
        stem, own = split_suffix(name)
        if own not in IMAGE_SUFFIXES:
            stem, own = name, _SUFFIXES.get(sample.media_type, ".png")
        if suffix and sample.part:
            stem += f"-{sample.part}"
        wanted = Place(
            name=f"{self.folders[sample.dataset]}/{stem}{suffix or name[len(stem) :] or own}", digest=digest
        )
        content = hash((digest, sample.texts, wanted.name))
        if self._taken.setdefault(_key(wanted), content) != content:
            stem, last = split_suffix(wanted.name)
            wanted = replace(wanted, name=f"{stem}-{sample.sample_id[:_ID_DIGITS]}{last}")
            self._taken[_key(wanted)] = hash((digest, sample.texts, wanted.name))
        return wanted


def _key(place: Place) -> str:
    """Two names that differ in their case or suffix would share a text file, or a file on some disks."""
    return place.text_name.casefold()


def _fit(name: str, *, flat: bool) -> str:
    """A name that stays below its folder, on any file system, and that no reader passes over."""
    parts = [_UNFIT.sub("_", part).strip(" ") for part in name.split("/")]
    parts = [_short(part.lstrip(".") or "_") for part in parts if part not in {"", ".", ".."}] or ["picture"]
    return "_".join(parts) if flat else "/".join(parts)


def _short(part: str) -> str:
    if len(part.encode()) <= _MOST_BYTES:
        return part
    stem, suffix = split_suffix(part)
    return stem.encode()[: _MOST_BYTES - len(suffix)].decode(errors="ignore") + suffix
