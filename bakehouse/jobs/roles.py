"""The two roles of every service as processes: `serve` supervises its jobs, `work` computes their units.

A service's `__main__` is one call of `run_service`; what it gives is a `Stage`, a runner and its own RPCs.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import gettempdir

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from bakehouse.blobs.open import open_store
from bakehouse.errors import BakehouseError, InvalidInputError
from bakehouse.ids import random_id
from bakehouse.jetstream.connecting import connected
from bakehouse.jobs.answers import Edition
from bakehouse.jobs.child_process import ChildSpec
from bakehouse.jobs.rates import Rates
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.stage import Stage
from bakehouse.jobs.supervision import Supervision
from bakehouse.jobs.supervisor import Desk
from bakehouse.jobs.worker import Worker, WorkerSpec
from bakehouse.logs import configure_logs, get_logger
from bakehouse.registry.revisions import Revisions
from bakehouse.rpc.server import Register, serve
from bakehouse.rpc.settings import RpcSettings
from bakehouse.settings import ProcessSettings
from bakehouse.topology import Pool, Service, load_services

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProgram:
    """What makes a service: its service.toml, its stage, its runner (MODULE:FUNCTION) and its own RPCs."""

    declaration: Path
    stage: Callable[[], Stage]
    runner: str
    rpcs: Mapping[str, Register] = field(default_factory=dict)


class ServeSettings(RpcSettings):
    """Settings of `serve`."""

    listen: str = Field(default="127.0.0.1:0", description="host:port; port 0 takes any that is free.")
    supervise_ack_wait_s: float = Field(default=10.0, gt=0, description="As the migration was told.")
    max_jobs: int = Field(default=64, ge=1, description="Jobs that this process supervises at once.")
    scratch: Path = Field(default=Path(gettempdir()), description="A folder for files that may vanish.")


class WorkSettings(ProcessSettings):
    """Settings of `work`."""

    model_config = SettingsConfigDict(env_prefix="BAKEHOUSE_", frozen=True, extra="ignore")

    children: int = Field(default=1, ge=1, description="Children of this worker: one a device.")
    stall_s: float = Field(default=600.0, gt=0, description="A piece that takes longer is killed.")
    idle_s: float = Field(
        default=300.0, gt=0, description="An idle child, and its model, is ended after this."
    )
    drain_s: float = Field(default=8.0, ge=0, description="What units at work get to end in when we stop.")


def run_service(program: ServiceProgram, arguments: Sequence[str]) -> None:
    """Run a role until a signal, and end the process. Errors at the start are one line with the remedy."""
    parser = argparse.ArgumentParser(prog=f"python -m {program.declaration.parent.name}")
    roles = parser.add_subparsers(dest="role", required=True)
    roles.add_parser("serve", help="supervise this service's jobs")
    work = roles.add_parser("work", help="compute units")
    work.add_argument("--pool", required=True, help="which kind of worker to be")
    options = parser.parse_args(arguments)
    code = 0
    try:
        (service,) = load_services([program.declaration]).values()
        role = _serve(program, service) if options.role == "serve" else _work(program, service, options.pool)
        asyncio.run(role)
    except BakehouseError as error:
        sys.stderr.write(f"{service_name(program)}: {error.message}\n")
        code = 1
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)  # nothing that a library left behind may keep the process


def service_name(program: ServiceProgram) -> str:
    """How messages at the start call a service."""
    return program.declaration.parent.name


async def _serve(program: ServiceProgram, service: Service) -> None:
    settings = ServeSettings()
    configure_logs(level=settings.log_level, log_format=settings.log_format, secrets=settings.secrets())
    store = open_store(settings)
    instance = random_id(f"{service.name}-serve")
    async with connected(settings, name=instance) as connection:
        revisions = Revisions(store)
        desk = Desk(
            connection=connection,
            records=JobRecords(connection, revisions),
            store=store,
            stage=program.stage(),
            service=service,
            rates=Rates(connection),
            edition=Edition([program.declaration.parent]),
            instance=instance,
            scratch=settings.scratch,
        )
        supervision = Supervision(desk, ack_wait_s=settings.supervise_ack_wait_s, max_jobs=settings.max_jobs)
        supervising = asyncio.create_task(supervision.run())
        server = await serve(settings, program.rpcs, cleanups=[partial(_end, supervising)])
        serving = asyncio.create_task(server.run())
        await asyncio.wait({supervising, serving}, return_when=asyncio.FIRST_COMPLETED)
        if supervising.done() and not supervising.cancelled():
            serving.cancel()
            supervising.result()  # it never returns: this raises what ended it
        await serving


async def _work(program: ServiceProgram, service: Service, pool_name: str) -> None:
    settings = WorkSettings()
    configure_logs(level=settings.log_level, log_format=settings.log_format, secrets=settings.secrets())
    pool = _find_pool(service, pool_name)
    spec = WorkerSpec(
        service=service.name,
        pool=pool.name,
        child=ChildSpec(
            runner=program.runner, memory_limit_mib=pool.memory_limit_mib, stall_s=settings.stall_s
        ),
        num_children=settings.children,
        ack_wait_s=pool.ack_wait_s,
        idle_s=settings.idle_s,
        drain_s=settings.drain_s,
    )
    store = open_store(settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with connected(settings, name=random_id(f"{service.name}-work")) as connection:
        records = JobRecords(connection, Revisions(store))
        await Worker(connection, records, spec).run(stop)


def _find_pool(service: Service, name: str) -> Pool:
    if name not in service.pools:
        raise InvalidInputError(
            f"{service.name} has no pool {name!r}; it has {', '.join(sorted(service.pools))}"
        )
    return service.pools[name]


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
