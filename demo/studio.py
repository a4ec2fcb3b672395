"""A studio for the length of a demo: in a home of its own, on free ports, gone when the demo is over."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from bakehouse.errors import UnavailableError

_ANY_PORT = "127.0.0.1:0"
_OURS = "BAKEHOUSE_"


@contextmanager
def temporary_studio() -> Iterator[Path]:
    """The home of a studio that is ready. It is stopped, and its home removed, however the `with` ends.

    After an error the home stays, for its logs.

    Raises:
        UnavailableError: it does not start; the message says what it said last.
    """
    home = Path(tempfile.mkdtemp(prefix="bakehouse-demo-"))
    with _ended_by_sigterm():
        try:
            _command("up", "--detach", "--home", str(home), "--listen", _ANY_PORT)
            yield home
        except BaseException:
            _command("down", "--home", str(home))
            sys.stderr.write(f"the studio's logs are in {home / 'logs'}\n")
            raise
        _command("down", "--home", str(home))
    shutil.rmtree(home)


def _command(*arguments: str) -> None:
    """Run a command of `bakehouse`. Whatever studio the user has named is left alone."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    done = subprocess.run(
        [sys.executable, "-m", "bakehouse.cli.main", *arguments],
        env=inherited | {f"{_OURS}HTTP_LISTEN": _ANY_PORT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UnavailableError(done.stderr.strip().removeprefix("bakehouse: "))


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """What ends the demo ends its studio first."""

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
