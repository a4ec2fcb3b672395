"""Which files of a dataset's folder belong to it: pictures, and the texts beside them. Opens none of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bakehouse.errors import InvalidInputError
from bakehouse.manifest.file_names import IMAGE_SUFFIXES, TEXT_SUFFIX, split_suffix
from bakehouse.recipe.listing import FoundFile, files_below

OTHER_PICTURES = frozenset(
    (".jpe", ".svg", ".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".exr", ".hdr", ".eps", ".pdf")
)
"""What people take for pictures and the studio can't decode."""

_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFolder:
    """What of a folder belongs, and what is to be known of it."""

    files: tuple[FoundFile, ...]
    num_pictures: int
    without_caption: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def folders(self) -> set[str]:
        """Those that hold pictures, relative, "" for the folder itself."""
        return {file.name.rpartition("/")[0] for file in self.files if _suffix(file) in IMAGE_SUFFIXES}

    def below(self, prefix: str) -> tuple[FoundFile, ...]:
        """The files whose names begin with `prefix`, named without it."""
        return tuple(
            FoundFile(name=file.name.removeprefix(prefix), path=file.path)
            for file in self.files
            if file.name.startswith(prefix)
        )


def look_into(folder: Path, *, caption_extension: str = TEXT_SUFFIX) -> PictureFolder:
    """What a dataset's folder holds; `caption_extension` is that of the texts beside pictures.

    Raises:
        InvalidInputError: it is not there, is no folder, can't be read, or holds no picture.
    """
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "is not there"
        raise InvalidInputError(f"{folder} {what}; name a folder of pictures, relative to the recipe")
    leaving: list[str] = []
    found = list(files_below(folder, leaving=leaving))
    pictures = [file for file in found if _suffix(file) in IMAGE_SUFFIXES]
    texts = [file for file in found if _is_text(file, caption_extension)]
    if not pictures:
        holds = f"{_files(len(found))}, none of them a picture" if found else "nothing"
        holds += f", and {_links(leaving)}" if leaving else ""
        raise InvalidInputError(
            f"{folder} holds {holds}; put .png, .jpg or .webp files there, or name another"
        )
    captioned = {file.name[: -len(caption_extension)] for file in texts}
    stems = {_stem(file.name) for file in pictures}
    sidecars = [file for file in texts if file.name[: -len(caption_extension)] in stems]
    return PictureFolder(
        files=(*pictures, *sidecars),
        num_pictures=len(pictures),
        without_caption=tuple(sorted(file.name for file in pictures if _stem(file.name) not in captioned)),
        remarks=tuple(_left_here(found, len(pictures) + len(sidecars), leaving)),
    )


def some_of(names: Sequence[str]) -> str:
    """The first few of many names."""
    more = ", ..." if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _left_here(found: Sequence[FoundFile], num_taken: int, leaving: Sequence[str]) -> Iterator[str]:
    """What is to be said of files that are not taken."""
    if leaving:
        yield f"not sent: {_links(leaving)}; copy what they lead to, or name its folder"
    others = sorted(file.name for file in found if _suffix(file) in OTHER_PICTURES)
    if others:
        yield f"not sent: {_files(len(others))} that can't be decoded ({some_of(others)}); save as .png"
    if rest := len(found) - num_taken - len(others):
        yield f"not sent: {_files(rest)}, neither pictures nor their captions"


def _files(number: int) -> str:
    return f"{number} file" if number == 1 else f"{number} files"


def _links(leaving: Sequence[str]) -> str:
    number = "1 link that leads" if len(leaving) == 1 else f"{len(leaving)} links that lead"
    return f"{number} out of it ({some_of(sorted(leaving))})"


def _is_text(file: FoundFile, extension: str) -> bool:
    name = file.name.rpartition("/")[2].lower()
    return name.endswith(extension.lower()) and len(name) > len(extension)


def _suffix(file: FoundFile) -> str:
    return split_suffix(file.name)[1]


def _stem(name: str) -> str:
    return split_suffix(name)[0]
