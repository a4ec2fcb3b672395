"""The local studio: starts its processes in order, keeps them alive, and stops them in order."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path

from bakehouse.client.local import Place
from bakehouse.errors import UnavailableError
from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection
from bakehouse.logs import get_logger
from bakehouse.rpc.addresses import Address
from bakehouse.rpc.tokens import bootstrap_tokens
from bakehouse.settings import ProcessSettings
from bakehouse.studio import warden
from bakehouse.studio.blueprint import Places, draw
from bakehouse.studio.group import ProcessGroup
from bakehouse.studio.home import Home, welcome
from bakehouse.studio.kept_process import KeptProcess, ProcessSpec
from bakehouse.studio.leftovers import end_leftovers
from bakehouse.studio.log_files import last_lines, trim
from bakehouse.studio.nats_watch import EVERY_S, NatsWatch
from bakehouse.studio.prepare import choose_places
from bakehouse.studio.readiness import comes, gateway_answers, listens, until_services_ready
from bakehouse.studio.settings import StudioSettings
from bakehouse.studio.state import Phase, StudioState, read_state, start_of, write_state
from bakehouse.topology import Service, load_services

# What ends in order gets this long. Workers drain for 8 s, calls of a server for 10 s.
_GRACE_S = 15.0

Say = Callable[[str], None]

log = get_logger()


async def run_studio(settings: StudioSettings, say: Say, *, prepared: Callable[[Home], None]) -> None:
    """Run a studio until SIGTERM, SIGINT or SIGHUP; a second one ends everything at once.

    Args:
        settings: what was asked for.
        say: tells people what they should know: that it is ready, what died.
        prepared: called when the home is made and claimed.

    Raises:
        StateError: another one runs in this home, or an address is in use.
        UnavailableError: NATS or the gateway does not start; the message says why.
        InvalidInputError: a setting or a service.toml is wrong.
    """
    home = Home(settings.home.resolve())
    home.make()
    with home.claimed():
        prepared(home)
        before = read_state(home.state_file)
        if before is not None:
            end_leftovers(before)
        services = {path: s for path in settings.services for s in load_services([path]).values()}
        bootstrap_tokens(home.tokens_file)
        places = choose_places(home, settings, before)
        await Studio(home, places, services, settings, say).run()


class Studio:
    """One run of a studio."""

    def __init__(
        self,
        home: Home,
        places: Places,
        services: Mapping[Path, Service],
        settings: StudioSettings,
        say: Say,
    ) -> None:
        self._home = home
        self._places = places
        self._services = services
        self._say = say
        self._blueprint = draw(home, places, services, inherited=os.environ)
        self._place = _place_of(settings, places.listen, home)
        self._group = ProcessGroup()
        self._kept: list[KeptProcess] = []
        self._phase: Phase = "starting"
        self._nats_trouble = ""
        self._working: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Start, keep, and stop when told to. Raises as `run_studio` does."""
        self._working = asyncio.create_task(self._work())
        with self._heeding_signals():
            await asyncio.wait({self._working})
        self._write()
        if not self._working.cancelled():
            self._working.result()

    async def _work(self) -> None:
        blueprint = self._blueprint
        async with AsyncExitStack() as stack:  # what is entered last ends first
            self._keep_warden(stack)
            (nats,) = self._keep(stack, [blueprint.nats])
            await self._nats_listens(nats)
            connection = await stack.enter_async_context(connected(self._nats_settings(), name="studio"))
            (gateway,) = self._keep(stack, [blueprint.gateway])
            self._keep(stack, blueprint.serve)
            self._keep(stack, blueprint.work)
            await self._until_ready(connection, gateway)
            self._announce()
            await self._look_after(connection, nats)

    def _keep_warden(self, stack: AsyncExitStack) -> None:
        reading, writing = os.pipe()
        stack.callback(os.close, reading)
        stack.callback(os.close, writing)
        command = [sys.executable, "-I", "-S", str(warden.__file__)]
        self._keep(
            stack,
            [ProcessSpec(name="warden", command=command, log=self._home.log_file("warden"), stdin=reading)],
        )

    def _keep(self, stack: AsyncExitStack, specs: Sequence[ProcessSpec]) -> list[KeptProcess]:
        """Keep processes from now on; they are stopped, all at a time, when `stack` is left."""
        kept = [
            KeptProcess(spec, self._group, changed=self._write, say=self._say_unless_stopping)
            for spec in specs
        ]
        tasks = [asyncio.create_task(process.run()) for process in kept]
        for task in tasks:
            task.add_done_callback(self._on_end)
        self._kept += kept
        stack.push_async_callback(_stop, kept, tasks)
        return kept

    def _on_end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() and self._working is not None:
            self._working.cancel()  # a bug of ours; what it was is raised when the processes are stopped

    async def _nats_listens(self, nats: KeptProcess) -> None:
        address = Address(host="127.0.0.1", port=self._places.nats.port)
        if not await comes(listens(address), [nats]):
            raise _not_started(nats)

    async def _until_ready(self, connection: Connection, gateway: KeptProcess) -> None:
        """Return when all is ready. A service that does not start is no reason to end the rest."""
        kept = {process.spec.name: process for process in self._kept}
        if not await comes(gateway_answers(self._places.listen, self._place), [gateway]):
            raise _not_started(gateway)
        if late := await until_services_ready(connection, self._services.values(), kept):
            self._say(f"not ready: {', '.join(late)}; `bakehouse status` says why")

    def _announce(self) -> None:
        self._phase = "ready"
        self._write()
        seconds = time.time() - start_of(os.getpid()) / 1000
        log.info("ready", address=self._place.address, seconds=round(seconds, 2))
        self._say(f"{welcome(self._home, self._place.address)}, or Ctrl-C")

    async def _look_after(self, connection: Connection, nats: KeptProcess) -> None:
        """Look at NATS and the logs every so often, for ever."""
        watch = NatsWatch(connection, folder=self._home.nats, log_file=nats.spec.log, restart=nats.restart)
        while True:
            await asyncio.sleep(EVERY_S)
            await watch.look()
            if watch.trouble != self._nats_trouble:
                self._nats_trouble = watch.trouble
                self._write()
                self._say(f"nats-server: {watch.trouble or 'well again'}")
            for file in self._home.logs.glob("*.log"):
                trim(file)

    @contextmanager
    def _heeding_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        may_be_ignored = [signal.SIGINT, signal.SIGHUP]  # by whoever started us: nohup, a shell's `&`
        numbers = [signal.SIGTERM, *(n for n in may_be_ignored if signal.getsignal(n) != signal.SIG_IGN)]
        for number in numbers:
            loop.add_signal_handler(number, self._on_signal)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def _on_signal(self) -> None:
        if self._phase != "stopping":
            self._phase = "stopping"
            self._write()
            self._say("stopping; once more ends all at once")
            if self._working is not None:
                self._working.cancel()
        else:
            for process in self._kept:
                process.kill()

    def _say_unless_stopping(self, text: str) -> None:
        if self._phase != "stopping":
            self._say(text)

    def _nats_settings(self) -> ProcessSettings:
        nats = self._places.nats
        return ProcessSettings.model_validate({"nats_url": nats.url, "nats_token": nats.token})

    def _write(self) -> None:
        places = self._places
        state = StudioState(
            version=version("bakehouse"),
            pid=os.getpid(),
            started_ms=start_of(os.getpid()),
            phase=self._phase,
            address=self._place.address,
            tls_ca=self._place.ca,
            listen=str(places.listen),
            http_listen=str(places.http_listen),
            nats_url=places.nats.url,
            store_url=places.store_url,
            group=self._group.id,
            nats_trouble=self._nats_trouble,
            processes=tuple(process.state for process in self._kept),
        )
        write_state(self._home.state_file, state)


async def _stop(kept: Sequence[KeptProcess], tasks: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.gather(*(process.stop(grace_s=_GRACE_S) for process in kept))
    await asyncio.gather(*tasks)


def _not_started(process: KeptProcess) -> UnavailableError:
    said = "".join(last_lines(process.spec.log, 1))  # where it is just being started once more
    own = said if said.startswith(f"{process.spec.name}: ") else ""
    reason = process.state.trouble or own or "it does not answer"
    return UnavailableError(f"{process.spec.name} does not start: {reason}; its log: {process.spec.log}")


def _place_of(settings: StudioSettings, listen: Address, home: Home) -> Place:
    """How clients on this machine reach the gateway."""
    hosts = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - told apart, not bound to
    address = str(Address(host=hosts.get(listen.host, listen.host), port=listen.port))
    token = home.token_file.read_text().strip()
    if not settings.tls_certificate:
        return Place(address=address, token=token)
    return Place(address=f"https://{address}", token=token, ca=settings.tls_ca or settings.tls_certificate)
