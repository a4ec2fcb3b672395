"""The server's folders that may be read: those below BAKEHOUSE_SOURCE_ROOTS; links lead nowhere else."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from services.dataset.ports import SeenFile


class ServerFolders:
    """Folders on this machine's disks. Without a root none may be read."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = [root.resolve() for root in roots]

    def walk(self, path: str) -> Iterator[SeenFile]:
        """See `services.dataset.ports.Folders`."""
        folder, root = self._folder(path)
        for place, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                file = Path(place, name)
                real = file.resolve()
                if _is_unicode(name) and real.is_relative_to(root) and real.is_file():
                    yield _seen(file.relative_to(folder).as_posix(), real)

    def store(self, path: str, seen: SeenFile, blobs: Blobs) -> Digest:
        """See `services.dataset.ports.Folders`."""
        folder, root = self._folder(path)
        real = (folder / seen.name).resolve()
        if not real.is_relative_to(root):
            raise InvalidInputError(f"{seen.name} leads out of the folder; copy the file into it")
        try:
            digest = blobs.put_file(real)
            is_same = _seen(seen.name, real) == seen
        except FileNotFoundError as error:
            raise InvalidInputError(f"{seen.name} is gone; list the folder again") from error
        except PermissionError as error:
            raise InvalidInputError(f"{seen.name} may not be read; change its permissions") from error
        if not is_same:
            raise InvalidInputError(f"{seen.name} changed while the folder was listed; list it again")
        return digest

    def _folder(self, path: str) -> tuple[Path, Path]:
        """The folder with all links resolved, and the root that it is below."""
        folder = Path(path).resolve()
        if not self._roots:
            raise InvalidInputError(
                "this server reads none of its own folders; set BAKEHOUSE_SOURCE_ROOTS, or leave out server: "
                "and let the client send the files",
                field="path",
            )
        root = next((root for root in self._roots if folder.is_relative_to(root)), None)
        if root is None or not folder.is_dir():  # one answer for both, so that nobody can ask what there is
            raise InvalidInputError(
                f"server path {path!r} is no folder below BAKEHOUSE_SOURCE_ROOTS", field="path"
            )
        return folder, root


def _seen(name: str, real: Path) -> SeenFile:
    found = real.stat()
    return SeenFile(name=name, size_bytes=found.st_size, modified_ns=found.st_mtime_ns)


def _is_unicode(name: str) -> bool:
    return name.isprintable() or not any("\udc80" <= letter <= "\udcff" for letter in name)
