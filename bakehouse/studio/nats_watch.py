"""Sees whether nats-server works, not only whether it lives: by a real request, and by its log.

A stream whose disk was full once refuses every write until the server is restarted, also after there is room
again. Publishers see a timeout, other streams work on; only the log says it (nats-server 2.15).
"""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from bakehouse.errors import BakehouseError
from bakehouse.jetstream.connection import Connection
from bakehouse.logs import get_logger

EVERY_S = 10.0

_ANSWER_S = 2.0
_SILENCES = 2  # in a row, before it counts as hung
_REFUSED = (b"failed to store a msg", b"Critical write error")
_ROOM_BYTES = 64 << 20

log = get_logger()


class NatsWatch:
    """Looks after one server. `restart` is called when it needs that; `trouble` says what is wrong, or ""."""

    def __init__(
        self, connection: Connection, *, folder: Path, log_file: Path, restart: Callable[[], None]
    ) -> None:
        self.trouble = ""
        self._connection = connection
        self._folder = folder
        self._log_file = log_file
        self._restart = restart
        self._read_up_to = _size_of(log_file)
        self._num_silences = 0
        self._refuses = False

    async def look(self) -> None:
        """Look once."""
        self._num_silences = 0 if await self._answers() else self._num_silences + 1
        self._refuses = self._refuses or self._tells_of_refusal()
        if self._refuses:
            await self._mend_refusal()
        elif self._num_silences >= _SILENCES:
            self._do_restart("it does not answer")
        else:
            self.trouble = "it does not answer" if self._num_silences else ""

    async def _mend_refusal(self) -> None:
        free_bytes = (await asyncio.to_thread(shutil.disk_usage, self._folder)).free
        if free_bytes < _ROOM_BYTES:  # a new server could not write either
            self.trouble = f"its disk is full ({free_bytes >> 20} MiB left); free some"
            log.error("disk_full", free_bytes=free_bytes)
        else:
            self._do_restart("a stream refused to store")

    def _do_restart(self, reason: str) -> None:
        log.error("nats_restarted", reason=reason)
        self.trouble = f"{reason}: it was restarted"
        self._refuses, self._num_silences = False, 0
        self._restart()

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self._connection.api("INFO")
        except (BakehouseError, TimeoutError):
            return False
        return True

    def _tells_of_refusal(self) -> bool:
        size = _size_of(self._log_file)
        if size < self._read_up_to:  # it was trimmed
            self._read_up_to = 0
        if size == self._read_up_to:
            return False
        with self._log_file.open("rb") as file:
            file.seek(self._read_up_to)
            fresh = file.read()
        self._read_up_to += len(fresh)
        return any(words in fresh for words in _REFUSED)


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
