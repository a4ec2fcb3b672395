"""Listings: what is in a folder, by name, size and digest. Files are hashed in threads, a piece at a time."""

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.recipe.digest_memory import DigestMemory

_AT_ONCE = 4
_PIECE_BYTES = 1 << 20
_SURROGATE = re.compile("[\ud800-\udfff]")

Progress = Callable[[int, int], None]
"""Told, in the thread of the caller, how many files of how many are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file below a folder; `name` is relative to it, with `/`."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A file as it was when it was hashed."""

    name: str
    path: Path
    size_bytes: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Listing:
    """Files, sorted by name."""

    files: tuple[ListedFile, ...]

    def to_bytes(self) -> bytes:
        """The blob that names them: a line of canonical JSON for each."""
        return b"".join(
            canonical_bytes({"digest": file.digest, "name": file.name, "size_bytes": file.size_bytes}) + b"\n"
            for file in self.files
        )


def files_below(folder: Path, *, leaving: list[str] | None = None) -> Iterator[FoundFile]:
    """The files of a folder and of those in it, in no order; hidden ones are left out, links followed.

    With `leaving` links that lead out of the folder are not: their names are added to it.

    Raises:
        InvalidInputError: a folder can't be read, or a name is no text.
    """
    seen: set[tuple[int, int]] = set()
    root = folder.resolve()
    for place, folders, names in os.walk(folder, followlinks=True, onerror=_raise):
        status = os.stat(place)  # noqa: PTH116 - os.walk's own text
        if (status.st_dev, status.st_ino) in seen:  # a link back up
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        shown = {name: Path(place, name) for name in (*folders, *names) if not name.startswith(".")}
        if leaving is not None:
            out = {name: path for name, path in shown.items() if _leaves(path, root)}
            leaving += (_text(path.relative_to(folder).as_posix()) for path in out.values())
            shown = {name: path for name, path in shown.items() if name not in out}
        folders[:] = [name for name in folders if name in shown]
        for name in names:
            if path := shown.get(name):
                yield FoundFile(name=_text(path.relative_to(folder).as_posix()), path=path)


def make_listing(
    found: Sequence[FoundFile], *, memory: DigestMemory | None = None, progress: Progress | None = None
) -> Listing:
    """Hash the files and list them. Those that `memory` knows are not read.

    Raises:
        InvalidInputError: one of them can't be read.
    """
    files: list[ListedFile] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for file, status in pool.map(
            lambda entry: _hashed(*entry), [(file, _known(file, memory)) for file in _by_name(found)]
        ):
            files.append(file)
            if memory is not None and status is not None:
                memory.note(status, file.digest)
            if progress is not None:
                progress(len(files), len(found))
    if memory is not None:
        memory.save()
    return Listing(tuple(files))


def _by_name(found: Sequence[FoundFile]) -> list[FoundFile]:
    return sorted(found, key=lambda file: file.name)


def _known(found: FoundFile, memory: DigestMemory | None) -> ListedFile | None:
    """The file as memory has it."""
    if memory is None:
        return None
    try:
        status = found.path.stat()
    except OSError:
        return None  # reading it will say why
    digest = memory.find(status)
    if digest is None:
        return None
    return ListedFile(name=found.name, path=found.path, size_bytes=status.st_size, digest=digest)


def _hashed(found: FoundFile, known: ListedFile | None) -> tuple[ListedFile, os.stat_result | None]:
    """The file, and its status where it was read and stayed as it was meanwhile."""
    if known is not None:
        return known, None
    running = hashlib.sha256()
    size_bytes = 0
    try:
        with open(found.path, "rb", buffering=0, opener=_opened) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise InvalidInputError(f"{found.path}: it is no file with bytes; take it out")
            while piece := file.read(_PIECE_BYTES):
                running.update(piece)
                size_bytes += len(piece)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise InvalidInputError(
            f"{found.path}: {error.strerror}; make it readable, or take it out"
        ) from error
    digest = Digest(running.hexdigest())
    listed = ListedFile(name=found.name, path=found.path, size_bytes=size_bytes, digest=digest)
    is_same = (before.st_mtime_ns, before.st_ctime_ns) == (after.st_mtime_ns, after.st_ctime_ns)
    return listed, after if is_same and after.st_size == size_bytes else None


def _opened(path: str, flags: int) -> int:
    """Opens a pipe, too, at once: otherwise it is waited for until somebody writes to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _leaves(path: Path, root: Path) -> bool:
    """Whether it is a link out of `root`. Links in a circle lead nowhere."""
    if not path.is_symlink():
        return False
    try:
        return not path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a RuntimeError is Python 3.11's word for links in a circle
        return False


def _text(name: str) -> str:
    if _SURROGATE.search(name):
        shown = name.encode(errors="backslashreplace").decode()
        raise InvalidInputError(f"{shown}: the file's name is no UTF-8; rename it")
    return name


def _raise(error: OSError) -> None:
    raise InvalidInputError(
        f"{error.filename}: {error.strerror}; make it readable, or take it out"
    ) from error
