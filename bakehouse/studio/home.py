"""The home folder of a local studio: what lies where, its secrets, and the lock of who runs it."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bakehouse.client.local import LOCK_FILE, STATE_FILE, TOKEN_FILE
from bakehouse.errors import StateError, UnavailableError

# A client that asks whether somebody runs here holds the lock for a moment.
_LOCK_PATIENCE_S = 0.5


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder by its absolute path."""

    path: Path

    @property
    def nats(self) -> Path:
        """What nats-server keeps, and its configuration."""
        return self.path / "nats"

    @property
    def store(self) -> Path:
        """The object store, unless another one was asked for."""
        return self.path / "store"

    @property
    def logs(self) -> Path:
        """A file a process."""
        return self.path / "logs"

    @property
    def scratch(self) -> Path:
        """Files that may vanish."""
        return self.path / "scratch"

    @property
    def state_file(self) -> Path:
        """What the studio says of itself."""
        return self.path / STATE_FILE

    @property
    def tokens_file(self) -> Path:
        """Who may call: digests of tokens."""
        return self.path / "tokens.json"

    @property
    def token_file(self) -> Path:
        """The token of this machine's owner."""
        return self.path / TOKEN_FILE

    def log_file(self, process: str) -> Path:
        """The log of a process."""
        return self.logs / f"{process}.log"

    def make(self) -> None:
        """Have the folders, closed to everybody else.

        Raises:
            UnavailableError: the file system refuses.
        """
        try:
            for folder in (self.path, self.logs, self.scratch):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
        except OSError as error:
            raise UnavailableError(
                f"{self.path}: {error.strerror}; choose another folder with --home"
            ) from error

    def secret(self, name: str) -> str:
        """The secret that the file `name` keeps: 64 hex digits, made at the first call."""
        path = self.path / name
        if not path.exists():
            beside = path.with_name(f".{name}")
            beside.unlink(missing_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            beside.replace(path)
        return path.read_text().strip()

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Be the one studio of this home for the length of a `with`, however it ends.

        Raises:
            StateError: another one runs.
        """
        with (self.path / LOCK_FILE).open("a+") as lock:
            self._lock(lock.fileno())
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def holder(self) -> int:
        """The process that last claimed this home; 0 where none ever did."""
        try:
            return int((self.path / LOCK_FILE).read_text() or 0)
        except FileNotFoundError:
            return 0

    def _lock(self, lock: int) -> None:
        give_up_at = time.monotonic() + _LOCK_PATIENCE_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > give_up_at:
                    raise StateError(
                        f"a studio runs in {self.path} already (process {self.holder()}); `bakehouse status` "
                        "shows it, `bakehouse down` stops it, --home runs another"
                    ) from error
            else:
                return
            time.sleep(0.02)


def welcome(home: Home, address: str) -> str:
    """What people should know of a studio that is ready."""
    return (
        f"Bakehouse is ready at {address}.\n"
        f"  token  {home.token_file}\n"
        f"  logs   {home.logs}\n"
        f"  stop   bakehouse down --home {home.path}"
    )
