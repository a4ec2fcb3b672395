"""The process group that all processes of a studio are in, but not the studio: Ctrl-C reaches it alone."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path


class ProcessGroup:
    """Starts processes in one group. `id` is 0 until the first one has started."""

    def __init__(self) -> None:
        self.id = 0

    async def start(
        self, command: Sequence[str], *, environment: Mapping[str, str], log: Path, stdin: int = DEVNULL
    ) -> Process:
        """Start a process; what it prints is appended to `log`.

        Raises:
            OSError: the system refuses.
        """
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            with suppress(PermissionError, ProcessLookupError):  # all that were in the group have ended
                return await self._start(command, environment, descriptor, stdin)
            self.id = 0
            return await self._start(command, environment, descriptor, stdin)
        finally:
            os.close(descriptor)

    async def _start(
        self, command: Sequence[str], environment: Mapping[str, str], log: int, stdin: int
    ) -> Process:
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdin=stdin, stdout=log, stderr=log, process_group=self.id
        )
        self.id = self.id or process.pid
        return process
