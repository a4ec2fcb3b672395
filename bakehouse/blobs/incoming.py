"""One object on its way into a directory: written where no listing looks, then renamed into its place."""

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from bakehouse.blobs.directory_listing import info
from bakehouse.blobs.disk import Folders, remove, sync
from bakehouse.errors import InvalidInputError

# No key has a segment that begins with a dot. Its being there also tells a store from an empty mount point.
INCOMING = ".incoming"

_LEFTOVER_AGE = timedelta(days=1)
_RENAME_TRIES = 20


class Incoming:
    """A new file in the hidden folder. What fails raises `OSError`; `close()` always.

    Raises:
        FileNotFoundError: the hidden folder is not there, so this is no store.
    """

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._name = f"{os.getpid()}-{token_hex(8)}"
        with folders.existing((INCOMING,)) as folder:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            self._file = os.open(self._name, flags, 0o666, dir_fd=folder)
            self._folder = os.dup(folder)

    def write(self, chunk: bytes) -> None:
        """Add `chunk`."""
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(self._file, rest) :]

    def place(self, names: Sequence[str]) -> None:
        """Sync, and rename to `names`, folders and file, durably.

        Raises:
            InvalidInputError: the key is another's folder, or another is its.
        """
        sync(self._file)
        *folders, name = names
        for tries_left in reversed(range(_RENAME_TRIES)):
            try:
                with self._folders.made(folders) as target:
                    os.rename(self._name, name, src_dir_fd=self._folder, dst_dir_fd=target)
                    sync(target)
                return
            except FileNotFoundError:  # someone tidies empty folders away
                if not tries_left:
                    raise
            except (IsADirectoryError, NotADirectoryError) as error:
                raise InvalidInputError(
                    f"{'/'.join(names)} is the folder of other keys, or below one; choose another key"
                ) from error

    def close(self) -> None:
        """Give up what was not placed. What can't be removed now is swept later."""
        with suppress(OSError):
            remove(self._name, self._folder)
        os.close(self._folder)
        os.close(self._file)


def sweep(folders: Folders) -> None:
    """Remove what writers that were killed left behind, once it is a day old."""
    oldest = datetime.now(tz=UTC) - _LEFTOVER_AGE
    with folders.existing((INCOMING,)) as folder:
        for name in os.listdir(folder):  # noqa: PTH208
            found = info(folder, name, key=name)
            if found is not None and found.modified < oldest:
                remove(name, folder)
