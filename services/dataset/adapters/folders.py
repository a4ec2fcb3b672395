"""The server's folders that may be read: those below BAKEHOUSE_SOURCE_ROOTS; links lead nowhere else."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from services.dataset.domain.decoding import MAX_FILE_BYTES
from services.dataset.domain.source_names import (
    is_archive,
    is_hidden,
    is_picture_or_text,
    shown,
    trouble_with,
)
from services.dataset.ports import Fetched, FetchFailedError, RefusedItem, SourceItem
from services.dataset.source_specs import FolderSpec


class ServerFolders:
    """Folders on this machine's disks. Without a root none may be read."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = [root.resolve() for root in roots]

    def open(self, spec: FolderSpec) -> "FolderSource":
        """A folder with all links resolved.

        Raises:
            InvalidInputError: it is no folder below a root.
        """
        folder = Path(spec.path).resolve() if "\0" not in spec.path else Path("/")
        if not self._roots:
            raise InvalidInputError(
                "this server reads none of its own folders; set BAKEHOUSE_SOURCE_ROOTS, or leave out server: "
                "and let the client send the files",
                field="path",
            )
        root = next((root for root in self._roots if folder.is_relative_to(root)), None)
        if root is None or not folder.is_dir():  # one answer for both, so that nobody can ask what there is
            raise InvalidInputError(
                f"server path {spec.path!r} is no folder below BAKEHOUSE_SOURCE_ROOTS", field="path"
            )
        return FolderSource(folder, root, caption_extension=spec.caption_extension)


class FolderSource:
    """A folder and those in it. Links to folders are not followed, links to files only inside the root."""

    def __init__(self, folder: Path, root: Path, *, caption_extension: str = ".txt") -> None:
        self._folder = folder
        self._root = root
        self._caption_extension = caption_extension

    @property
    def identity(self) -> Mapping[str, Json]:
        """See `services.dataset.ports.Source`. The path is in the tokens: entries may share folders."""
        return {"type": "folder"}

    @property
    def name(self) -> str:
        """See `services.dataset.ports.Source`."""
        return self._folder.name

    def items(self) -> Iterator[SourceItem | RefusedItem]:
        """See `services.dataset.ports.Source`."""
        unreadable: list[OSError] = []
        for place, folders, files in os.walk(self._folder, onerror=unreadable.append):
            folders[:] = sorted(name for name in folders if not is_hidden(name))
            yield from self._links(Path(place), folders)
            for name in sorted(files):
                path = Path(place, name)
                relative = path.relative_to(self._folder).as_posix()
                if is_picture_or_text(relative, caption_extension=self._caption_extension):
                    yield self._seen(relative, path)
                elif is_archive(relative):
                    detail = "an archive in a folder is not opened; unpack it, or name it as the source"
                    yield RefusedItem(name=shown(relative), reason="nested_archive", detail=detail)
        for error in unreadable:
            folder = Path(str(error.filename)).relative_to(self._folder).as_posix()
            detail = "the folder may not be read; change its permissions"
            yield RefusedItem(name=shown(f"{folder}/"), reason="unreadable", detail=detail)

    def fetch(self, item: SourceItem, blobs: Blobs) -> Fetched:
        """See `services.dataset.ports.Source`. A file that changes while it is read is not taken."""
        real = (self._folder / item.name).resolve()
        if not real.is_relative_to(self._root):
            raise _failed("link", "the link leads out of the folder; copy the file into it")
        try:
            digest = blobs.put_file(real)
            is_same = _token(real) == item.token
            size_bytes = real.stat().st_size
        except FileNotFoundError as error:
            raise _failed("gone", "it is gone; bake again") from error
        except PermissionError as error:
            raise _failed("unreadable", "it may not be read; change its permissions") from error
        except OSError as error:
            raise _failed("unreadable", f"it can't be read ({error.strerror}); see to the disk") from error
        except InvalidInputError as error:  # of the store: other bytes than were hashed
            raise _failed("changed", "it changed while it was read; bake again") from error
        if not is_same:
            raise _failed("changed", "it changed since the folder was looked at; bake again")
        return Fetched(digest=digest, size_bytes=size_bytes)

    def _links(self, place: Path, folders: Sequence[str]) -> Iterator[RefusedItem]:
        for path in (place / name for name in folders):
            if path.is_symlink():
                relative = path.relative_to(self._folder).as_posix()
                detail = "a link to a folder is not followed; name that folder as a dataset, or copy it"
                yield _refused(shown(f"{relative}/"), "link", detail)

    def _seen(self, name: str, path: Path) -> SourceItem | RefusedItem:
        if trouble := trouble_with(name):
            return RefusedItem(name=shown(name), reason="unsafe_name", detail=f"{trouble}; rename the file")
        try:
            real = path.resolve()
            if not real.is_relative_to(self._root):
                return _refused(name, "link", "the link leads out of the folder; copy the file into it")
            if not real.is_file():
                return _refused(name, "no_file", "it is no file, or a link to nothing; take it out")
            if real.stat().st_size > MAX_FILE_BYTES:
                return _refused(name, "too_large", f"over {MAX_FILE_BYTES >> 20} MiB; make it smaller")
            return SourceItem(name=name, token=_token(real))
        except (OSError, RuntimeError):  # a RuntimeError is Python 3.11's word for links in a circle
            return _refused(name, "unreadable", "it can't be looked at; see its permissions, or its links")


def _token(real: Path) -> str:
    found = real.stat()
    return f"{real}\n{found.st_size}\n{found.st_mtime_ns}"


def _refused(name: str, reason: str, detail: str) -> RefusedItem:
    return RefusedItem(name=name, reason=reason, detail=detail)


def _failed(reason: str, detail: str) -> FetchFailedError:
    return FetchFailedError(reason, detail, is_lasting=False)
