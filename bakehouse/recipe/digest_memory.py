"""Remembers digests of files on this machine, so that a folder that did not change is not read again.

A file is the same if device, inode, size and the times of its last changes are: what git goes by. It is
a convenience: without it, or with a damaged one, files are read. Nothing that deletes may trust it.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from bakehouse.digest import Digest

_FRESH_NS = 2_000_000_000  # a file may change again within a tick of its file system's clock
_TABLE = (
    "CREATE TABLE IF NOT EXISTS digests (device INTEGER, inode INTEGER, size INTEGER, modified INTEGER,"
    " changed INTEGER, digest BLOB, PRIMARY KEY (device, inode)) WITHOUT ROWID"
)
_FIND = "SELECT digest FROM digests WHERE device=? AND inode=? AND size=? AND modified=? AND changed=?"
_NOTE = "INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?, ?, ?)"


def default_memory(environment: Mapping[str, str] = os.environ) -> "DigestMemory":
    """This user's, below `$XDG_CACHE_HOME` or `~/.cache`."""
    folder = environment.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - never raises
    return DigestMemory(Path(folder) / "bakehouse" / "digests.sqlite")


class DigestMemory:
    """Digests in a file, which is made when the first is noted. For one thread; processes may share it."""

    def __init__(self, path: Path, *, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._clock_ns = clock_ns
        self._noted: list[tuple[int | bytes, ...]] = []
        self._reading = _opened(path) if path.exists() else None

    def find(self, status: os.stat_result) -> Digest | None:
        """The digest of the file that has this status, None where it isn't known."""
        if self._reading is None:
            return None
        try:
            row = self._reading.execute(_FIND, _place(status)).fetchone()
        except sqlite3.Error:
            return None
        return Digest(row[0].hex()) if row else None

    def note(self, status: os.stat_result, digest: Digest) -> None:
        """Keep the digest of a file that had this status before it was read and after."""
        if self._clock_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > _FRESH_NS:
            self._noted.append((*_place(status), bytes.fromhex(digest)))

    def save(self) -> None:
        """Write what was noted. A disk that is full or read-only is no reason to fail."""
        if not self._noted:
            return
        with suppress(OSError, sqlite3.Error):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if (writing := self._reading or _opened(self._path)) is not None:
                with writing:
                    writing.execute(_TABLE)
                    writing.executemany(_NOTE, self._noted)
                self._reading = writing
        self._noted = []


def _opened(path: Path) -> sqlite3.Connection | None:
    try:
        return sqlite3.connect(path, timeout=1, check_same_thread=False)
    except sqlite3.Error:
        return None


def _place(status: os.stat_result) -> tuple[int, ...]:
    # SQLite's integers have 64 bits and a sign; some file systems' numbers have no sign.
    numbers = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return tuple(number - (1 << 64) if number >= 1 << 63 else number for number in numbers)
