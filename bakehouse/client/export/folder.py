"""The folder that an export is written to: nothing that is there is overwritten, what is the same is done."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bakehouse.blobs.disk import disk_error
from bakehouse.digest import Digest, digest_bytes, digest_chunks
from bakehouse.errors import InvalidInputError, StateError

_PIECE_BYTES = 1 << 20
_ASIDE = ".part"


class ExportFolder:
    """Writes below `root`, which is made if there is none. For many threads."""

    def __init__(self, root: Path) -> None:
        """Nothing is touched but the folder.

        Raises:
            InvalidInputError: it can't be made.
        """
        self.root = root
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidInputError(f"{root}: {error.strerror}; name another folder") from error

    def has(self, name: str, digest: Digest) -> bool:
        """Whether the file is there with these bytes.

        Raises:
            StateError: it is there with others.
        """
        path = self.root / name
        try:
            if not path.is_file():
                return False
            with path.open("rb") as file:
                found = digest_chunks(iter(lambda: file.read(_PIECE_BYTES), b""))
        except OSError as error:
            raise disk_error(error, "comparing a file", place=str(path)) from error
        if found != digest:
            raise _taken(path)
        return True

    def fetch(self, name: str, digest: Digest, download: Callable[[Path], None]) -> bool:
        """Have a file written by `download` unless it is there; whether it was written.

        Raises:
            StateError: it is there with other bytes.
        """
        if self.has(name, digest):
            return False
        path = self.root / name
        with _our_words(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        download(path)
        return True

    def put_text(self, name: str, text: str) -> bool:
        """Write a text unless it is there; whether it was written.

        Raises:
            StateError: there is another.
        """
        data = text.encode()
        return self.fetch(name, digest_bytes(data), lambda path: _write(path, data))

    @contextmanager
    def growing(self, name: str) -> Iterator[Path]:
        """A hidden file that takes the place `name` when all went well.

        Raises:
            StateError: another is there.
        """
        path = self.root / name
        aside = path.with_name(f".{path.name}{_ASIDE}")
        with _our_words(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield aside
            with aside.open("rb") as file:
                digest = digest_chunks(iter(lambda: file.read(_PIECE_BYTES), b""))
            if not self.has(name, digest):
                _place(aside, path)
        finally:
            aside.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    aside = path.with_name(f".{path.name}{_ASIDE}")
    try:
        with _our_words(path):
            aside.write_bytes(data)
            _place(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _place(aside: Path, path: Path) -> None:
    """Give the file its name, which a link does only where there is none."""
    try:
        os.link(aside, path)
    except FileExistsError as error:
        raise _taken(path) from error


@contextmanager
def _our_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_error(error, "writing a file", place=str(path)) from error


def _taken(path: Path) -> StateError:
    return StateError(
        f"{path} is there with other contents, and is not overwritten; export to another folder"
    )
