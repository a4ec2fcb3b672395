"""The log files of processes: appended to by the processes themselves, kept small here."""

import os
import shutil
from pathlib import Path

_MAX_BYTES = 16 << 20
_TAIL_BYTES = 16 << 10


def trim(path: Path) -> None:
    """Move what is in a file that grew too large to `.1`, in the place of what was there.

    Its writer appends, and goes on in the emptied file; a line that it writes at this moment may be lost.
    """
    if path.exists() and path.stat().st_size > _MAX_BYTES:
        shutil.copyfile(path, path.with_name(f"{path.name}.1"))
        os.truncate(path, 0)


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines that are not empty, of the last few KiB."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    return [line for line in text.splitlines() if line.strip()][-count:]
