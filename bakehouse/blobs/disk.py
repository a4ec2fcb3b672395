"""The file system below the directory driver: folders by descriptor, syncing, what its errors mean.

Folders are entered one name at a time and never through a symbolic link: nothing leads out of the root.
"""

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bakehouse.errors import BakehouseError, CapacityError, UnavailableError

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW

_ROOT = os.O_RDONLY | os.O_DIRECTORY  # this one may be a link: the operator chose it
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
_MOST_KNOWN = 16_384


class Folders:
    """The folders below `root`. Remembers which of them a power cut can't take away any more."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._durable: set[str] = set()

    @contextmanager
    def existing(self, names: Sequence[str]) -> Iterator[int]:
        """The descriptor of the folder `names`, from the root down.

        Raises:
            FileNotFoundError, NotADirectoryError: it is not there.
        """
        folder = os.open(self._root, _ROOT)
        try:
            for name in names:
                folder = _swap(folder, os.open(name, FOLDER, dir_fd=folder))
            yield folder
        finally:
            os.close(folder)

    @contextmanager
    def made(self, names: Sequence[str]) -> Iterator[int]:
        """Like `existing`, but folders that are missing are made; at the end of the `with` they are durable.

        Raises:
            FileNotFoundError: the root is not there, or someone removed a folder at this moment.
            NotADirectoryError: one of the names is a file.
        """
        folders = [os.open(self._root, _ROOT)]
        paths = ["/".join(names[:depth]) for depth in range(1, len(names) + 1)]
        try:
            for path, name in zip(paths, names, strict=True):
                folders.append(self._step(folders[-1], name, path))
            yield folders[-1]
            # Not before: whoever tidies empty folders away would have all the time of a sync.
            for parent, path in reversed(list(zip(folders[:-1], paths, strict=True))):
                self._make_durable(parent, path)
        finally:
            for folder in folders:
                os.close(folder)

    def _step(self, parent: int, name: str, path: str) -> int:
        if path in self._durable:
            with suppress(FileNotFoundError):  # an operator may have removed it when it was empty
                return os.open(name, FOLDER, dir_fd=parent)
            self._durable.discard(path)
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=parent)
        return os.open(name, FOLDER, dir_fd=parent)

    def _make_durable(self, parent: int, path: str) -> None:
        if path in self._durable:
            return
        # Also when it was there: whoever made it may have been killed before it was synced.
        sync(parent)
        if len(self._durable) >= _MOST_KNOWN:
            self._durable.clear()
        self._durable.add(path)


def sync(descriptor: int) -> None:
    """Return when the file or folder is on the disk itself."""
    if sys.platform == "darwin":
        import fcntl  # there fsync stops at the drive's cache

        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def remove(name: str, folder: int) -> None:
    """Unlink a file of an open folder; no error where there is none."""
    with suppress(FileNotFoundError, IsADirectoryError):
        os.unlink(name, dir_fd=folder)


def disk_error(error: OSError, action: str, *, place: str) -> BakehouseError:
    """What an error of the file system means to a caller.

    Args:
        error: as caught.
        action: what failed, as in "writing p/blobs/…"; the message begins with it.
        place: where the remedy applies, in words, never a path: messages may reach a client.
    """
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in _FULL:
        return CapacityError(f"{action}: {place} has no room ({reason}); free some, or raise the limit")
    if error.errno in _READ_ONLY:
        return UnavailableError(f"{action}: {place} can't be used ({reason}); let this process write there")
    return UnavailableError(f"{action}: {place} failed ({reason}); see that it is there and mounted")


def _swap(old: int, new: int) -> int:
    os.close(old)
    return new
