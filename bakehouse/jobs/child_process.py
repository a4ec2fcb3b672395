"""A worker's hold on its child: start it, give it an order, hear it out, kill it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from bakehouse.errors import BakehouseError, UnavailableError
from bakehouse.jobs.failures import FailureClass
from bakehouse.jobs.isolation import Piece
from bakehouse.jobs.pipe import MAX_LINE_BYTES, ORDER_WIRE, WORD_WIRE, News, Order, Verb, Word
from bakehouse.logs import get_logger

_START_S = 120.0  # a heavy import on a cold disk
_BURIAL_S = 2.0
_CANCEL_GRACE_S = 3.0

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """How to start a child. `runner` is MODULE:FUNCTION; `stall_s` how long a piece may take."""

    runner: str
    memory_limit_mib: int = 0
    stall_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """The child died or was killed while it computed `piece` (empty: before or after all items)."""

    piece: Piece
    failure_class: FailureClass
    reason: str


def _ignore(_news: News) -> None:
    pass


class ChildProcess:
    """At most one living child, started when it is needed."""

    def __init__(self, spec: ChildSpec) -> None:
        self._spec = spec
        self._process: Process | None = None
        self._cancelled = False
        self.is_used = False

    @property
    def pid(self) -> int | None:
        """The child's process id, None while there is none."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Have a living child that waits for an order.

        Raises:
            UnavailableError: it does not come up; its log says why.
        """
        if self._process is not None and self._process.returncode is None:
            return
        self.is_used = False
        command = ["-m", "bakehouse.jobs.child", self._spec.runner, str(self._spec.memory_limit_mib)]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=PIPE, stdout=PIPE, limit=MAX_LINE_BYTES, env=_environment()
        )
        try:
            async with asyncio.timeout(_START_S):
                word = await self._hear()
        except TimeoutError:
            word = None
        if word is None or word.verb is not Verb.READY:
            await self.kill()
            raise UnavailableError("a worker's child did not start; the log says why")

    async def carry_out(self, order: Order, hear: Callable[[News], None] = _ignore) -> Word | Death:
        """Give an order to the living child; its last word, or its death. `hear` gets its news meanwhile."""
        self._cancelled = False
        self.is_used = True
        piece: Piece = ()
        try:
            await self._tell(order)
            while True:
                async with asyncio.timeout(self._spec.stall_s):
                    word = await self._hear()
                if word is None:
                    return await self._bury(piece)
                if word.verb is Verb.NEWS and word.news is not None:
                    hear(word.news)
                elif word.verb is Verb.PIECE:
                    piece = word.items
                else:
                    return word
        except TimeoutError:
            await self.kill()
            reason = f"nothing came back for {self._spec.stall_s:.0f} s"
            return Death(piece=piece, failure_class=FailureClass.STALL, reason=reason)
        except (OSError, BakehouseError):  # the pipe broke, or what came through it is no word
            return await self._bury(piece)

    async def cancel(self) -> None:
        """End the order at work: by asking, and after 3 s by killing."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._cancelled = True
        with suppress(OSError):
            await self._tell(Order(cancel=True))
        await asyncio.sleep(_CANCEL_GRACE_S)
        if self._cancelled and process.returncode is None:
            process.kill()

    def settle(self) -> None:
        """The order at work ended: a cancel that is under way has nothing to kill any more."""
        self._cancelled = False

    async def kill(self) -> None:
        """End the child now."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def _tell(self, order: Order) -> None:
        assert self._process is not None and self._process.stdin is not None  # noqa: PT018 - one invariant
        self._process.stdin.write(ORDER_WIRE.encode(order) + b"\n")
        await self._process.stdin.drain()

    async def _hear(self) -> Word | None:
        """The next word, None when the child is gone."""
        assert self._process is not None and self._process.stdout is not None  # noqa: PT018 - one invariant
        line = await self._process.stdout.readline()
        return WORD_WIRE.decode(line) if line.endswith(b"\n") else None

    async def _bury(self, piece: Piece) -> Death:
        process = self._process
        if process is not None:
            with suppress(TimeoutError):  # to kill what has ended takes its exit code away
                await asyncio.wait_for(process.wait(), _BURIAL_S)
        await self.kill()
        code = process.returncode if process is not None else None
        reason = _describe_exit(code or 0)
        log.warning("child_died", reason=reason, num_items=len(piece))
        return Death(piece=piece, failure_class=FailureClass.CRASH, reason=reason)


def _environment() -> Mapping[str, str]:
    """Ours, and OpenMP's threads sleep while they wait for each other.

    By default they spin: where another process has one of their cores, each small operation of torch then
    takes a turn of the system's scheduler, which made sampling a hundred times slower.
    """
    return {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}


def _describe_exit(code: int) -> str:
    if code >= 0:
        return f"its process exited with {code}"
    name = signal.Signals(-code).name
    hint = " (out of memory, or killed by hand)" if -code == signal.SIGKILL else ""
    return f"its process was ended by {name}{hint}"
