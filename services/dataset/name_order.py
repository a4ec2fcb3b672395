"""Listed files on their way into the order of their names, each name once; a million are held on disk."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bakehouse.errors import CapacityError, UnavailableError

_COMMIT_ITEMS = 50_000


class NameOrder:
    """Lines by the names of their files."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._num_waiting = 0

    def add(self, name: str, line: bytes) -> bool:
        """Take a line; False, and it is not taken, where its name was there before.

        Raises:
            CapacityError, UnavailableError: the scratch folder has no room, or is not there.
        """
        with _words():
            added = self._database.execute("INSERT OR IGNORE INTO lines VALUES (?, ?)", (name, line))
            self._num_waiting += 1
            if self._num_waiting == _COMMIT_ITEMS:
                self._database.commit()
                self._num_waiting = 0
            return added.rowcount == 1

    def lines(self, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """Names and lines in order, those whose names begin with `prefix`."""
        with _words():
            # SQLite compares UTF-8 byte by byte, which is Python's order of texts.
            rows = self._database.execute(
                "SELECT name, line FROM lines WHERE name >= ? ORDER BY name", (prefix,)
            )
            for name, line in rows:
                if not name.startswith(prefix):
                    return
                yield name, line


@contextmanager
def name_order(scratch: Path) -> Iterator[NameOrder]:
    """An order that is gone when it is left. `scratch` is a folder for files that may vanish."""
    with (
        TemporaryDirectory(dir=scratch, prefix="names-") as folder,
        _words(),
        closing(sqlite3.connect(Path(folder, "names.sqlite"))) as database,
    ):
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TABLE lines (name TEXT PRIMARY KEY, line BLOB) WITHOUT ROWID")
        yield NameOrder(database)


@contextmanager
def _words() -> Iterator[None]:
    """What SQLite says of the disk, in our words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" in str(error):
            raise CapacityError("sorting names: the scratch folder has no room; free some") from error
        raise UnavailableError("sorting names: the scratch folder can't be used; see to the disk") from error
