"""One process that is kept alive: started again, with growing waits, whenever it ends."""

import asyncio
import random
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from bakehouse.backoff import delays
from bakehouse.logs import get_logger
from bakehouse.studio.group import ProcessGroup
from bakehouse.studio.log_files import last_lines, trim
from bakehouse.studio.state import ProcessState, start_of

_FIRST_WAIT_S = 0.2
_MOST_WAIT_S = 30.0
_STEADY_S = 30.0  # who lived as long as this is not failing
_FAILING_AFTER = 3

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpec:
    """How to start a process. Secrets are in its environment, never in its command."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    log: Path
    stdin: int = DEVNULL


class KeptProcess:
    """Keeps one process. `changed` is called when its `state` has, `say` tells people of deaths."""

    def __init__(
        self,
        spec: ProcessSpec,
        group: ProcessGroup,
        *,
        changed: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self.spec = spec
        self.state = ProcessState(name=spec.name)
        self._group = group
        self._changed = changed
        self._say = say
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self._num_deaths = 0  # one after the other
        self._waits = _new_waits()
        self._is_wanted_dead = False

    async def run(self) -> None:
        """Keep it alive until `stop`."""
        while not self._stopping.is_set():
            end = await self._live()
            if self._stopping.is_set():
                return
            self._num_deaths += 1
            wait_s = 0.0 if self._is_wanted_dead else next(self._waits)
            self._is_wanted_dead = False
            self._mourn(end, wait_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._stopping.wait()

    async def stop(self, *, grace_s: float) -> None:
        """Ask it to end, and end it after `grace_s`. It is not started again."""
        self._stopping.set()
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(grace_s):
                await process.wait()
        except TimeoutError:
            log.warning("process_killed", name=self.spec.name, after_s=grace_s)
            _kill(process)
            await process.wait()

    def restart(self) -> None:
        """End it now, without a grace, to be started again at once."""
        if self._process is not None:
            self._is_wanted_dead = True
            _kill(self._process)

    def kill(self) -> None:
        """End it now, without a grace."""
        if self._process is not None:
            _kill(self._process)

    async def _live(self) -> str:
        """Start it and wait for its end; how it ended."""
        trim(self.spec.log)
        try:
            process = await self._group.start(
                self.spec.command,
                environment=self.spec.environment,
                log=self.spec.log,
                stdin=self.spec.stdin,
            )
        except OSError as error:
            return f"could not be started: {error.strerror}"
        self._process = process
        self._note(replace(self.state, pid=process.pid, started_ms=start_of(process.pid), trouble=""))
        log.info("process_started", name=self.spec.name, pid=process.pid)
        if self._stopping.is_set():  # the order came while it started
            _kill(process)
        code = await self._watch(process)
        self._process = None
        return _describe(code)

    async def _watch(self, process: Process) -> int:
        with suppress(TimeoutError):
            async with asyncio.timeout(_STEADY_S):
                return await process.wait()
        self._num_deaths, self._waits = 0, _new_waits()
        self._note(replace(self.state, is_failing=False))
        return await process.wait()

    def _mourn(self, end: str, wait_s: float) -> None:
        last_words = "".join(last_lines(self.spec.log, 1))
        self._note(
            ProcessState(
                name=self.spec.name,
                num_restarts=self.state.num_restarts + 1,
                is_failing=self._num_deaths >= _FAILING_AFTER,
                trouble=f"{end}: {last_words[:300]}" if last_words else end,
            )
        )
        log.warning("process_ended", name=self.spec.name, how=end, wait_s=round(wait_s, 2))
        self._say(f"{self.spec.name} {end}; starting it again in {wait_s:.1f} s. Its log: {self.spec.log}")

    def _note(self, state: ProcessState) -> None:
        self.state = state
        self._changed()


def _new_waits() -> Iterator[float]:
    return delays(random.Random(), first_s=_FIRST_WAIT_S, most_s=_MOST_WAIT_S)


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()


def _describe(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was ended by {signal.Signals(-code).name}"
