"""When a studio is ready: the gateway answers a real call, each service's processes ask for work."""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bakehouse.client.client import Client
from bakehouse.client.local import Place
from bakehouse.errors import (
    AlreadyExistsError,
    BakehouseError,
    PermissionDeniedError,
    StateError,
    UnauthenticatedError,
    UnavailableError,
)
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs import subjects
from bakehouse.jobs.subjects import WorkClass
from bakehouse.rpc.addresses import Address
from bakehouse.rpc.tls import ClientTls
from bakehouse.studio.blueprint import serve_name, work_names
from bakehouse.studio.kept_process import KeptProcess
from bakehouse.topology import Service

DEFAULT_PROJECT = "default"

_START_S = 60.0
_LOOK_S = 0.05
_CALL_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Something to wait for, and the processes that it depends on."""

    ready: Coroutine[None, None, None]
    names: list[str]


async def until_services_ready(
    connection: Connection, services: Iterable[Service], kept: Mapping[str, KeptProcess]
) -> list[str]:
    """Return when every service waits for work, or turned out to fail; the names of the processes that do."""
    parts = [part for service in services for part in _parts_of(connection, service)]
    waits = [comes(part.ready, [kept[name] for name in part.names]) for part in parts]
    answers = await asyncio.gather(*waits)
    return [name for part, come in zip(parts, answers, strict=True) if not come for name in part.names]


async def comes(
    ready: Coroutine[None, None, None], needed: Iterable[KeptProcess], *, within_s: float = _START_S
) -> bool:
    """Whether `ready` returns before time is over and before a process that it needs turns out to fail."""
    coming = asyncio.create_task(ready)
    give_up_at = time.monotonic() + within_s
    try:
        while not any(process.state.is_failing for process in needed) and time.monotonic() < give_up_at:
            if (await asyncio.wait({coming}, timeout=_LOOK_S))[0]:
                coming.result()
                return True
        return False
    finally:
        coming.cancel()


async def listens(address: Address) -> None:
    """Return when somebody listens at `address`."""
    while True:
        try:
            _, writer = await asyncio.open_connection(address.host, address.port)
        except OSError:
            await asyncio.sleep(_LOOK_S)
        else:
            writer.close()
            return


async def gateway_answers(listen: Address, place: Place) -> None:
    """Return when the gateway serves, with NATS and the store behind it: there is then a default project.

    Raises:
        StateError: it does not know the token.
    """
    await listens(listen)
    while True:
        try:
            await asyncio.to_thread(_have_default_project, place)
        except UnavailableError:
            await asyncio.sleep(_LOOK_S)
        else:
            return


def _have_default_project(place: Place) -> None:
    tls = ClientTls(ca=place.ca) if place.ca else None
    with Client(place.address, place.token, tls=tls, timeout_s=_CALL_S) as client:
        try:
            client.projects.create(DEFAULT_PROJECT)
        except AlreadyExistsError:
            return
        except (UnauthenticatedError, PermissionDeniedError) as error:
            raise StateError(
                "the token in the home's file `token` is revoked or may not write; put one there that may "
                "(`bakehouse token create`), or remove `token` and `tokens.json`: new ones are made"
            ) from error


def _parts_of(connection: Connection, service: Service) -> Iterator[_Part]:
    supervisors = [subjects.supervise_consumer(service.name)]
    yield _Part(
        ready=_asked(connection, subjects.SUPERVISE, supervisors, count=1), names=[serve_name(service)]
    )
    for pool in service.pools.values():
        consumers = [subjects.work_consumer(service.name, pool.name, kind) for kind in WorkClass]
        yield _Part(
            ready=_asked(connection, subjects.WORK, consumers, count=pool.processes),
            names=work_names(service, pool),
        )


async def _asked(connection: Connection, stream: str, consumers: Iterable[str], *, count: int) -> None:
    """Return when `count` processes ask one of the consumers for messages, or hold some."""
    while True:
        try:
            found = [await connection.api(f"CONSUMER.INFO.{stream}.{name}") for name in consumers]
        except BakehouseError:  # the gateway has not made it yet
            found = []
        num_waiting = max((info["num_waiting"] for info in found), default=0)
        if num_waiting + sum(info["num_ack_pending"] for info in found) >= count:
            return
        await asyncio.sleep(_LOOK_S)
