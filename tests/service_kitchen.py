"""A service of ours inside a test: real NATS, a real folder, its own supervision and worker."""

import os
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jetstream.connecting import connected
from bakehouse.jobs.child_process import ChildSpec
from bakehouse.jobs.record import JobRecord
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.roles import ServiceProgram
from bakehouse.jobs.submit import JobDesk, JobOrder
from bakehouse.jobs.supervisor import Desk
from bakehouse.jobs.worker import WorkerSpec
from bakehouse.migration import Layout, migrate
from bakehouse.registry.revisions import Revisions
from bakehouse.topology import Service, load_services
from tests.nats_process import NatsProcess
from tests.toy.kitchen import SUPERVISE_ACK_WAIT_S, Kitchen

PROJECT = "p"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKitchen(Kitchen):
    """A kitchen of a service that has one pool. `blobs` are the project's, `shared` those of all projects."""

    program: ServiceProgram

    @property
    def blobs(self) -> Blobs:
        return Blobs(self.store, PROJECT)

    @property
    def shared(self) -> Blobs:
        return Blobs(self.store, "shared")

    def worker_spec(self, **changes: Any) -> WorkerSpec:
        (pool,) = self.service.pools
        child = ChildSpec(runner=self.program.runner, stall_s=120)
        return replace(Kitchen.worker_spec(self), child=child, pool=pool, **changes)

    def desk_of(self, instance: str) -> Desk:
        return replace(Kitchen.desk_of(self, instance), stage=self.program.stage())

    async def order(
        self, verb: str, spec: Json, inputs: Mapping[str, Digest] | None = None, *, plan_only: bool = False
    ) -> JobRecord:
        """Submit a job."""
        order = JobOrder(
            service=self.service.name,
            project=PROJECT,
            job=f"j{uuid.uuid4().hex[:10]}",
            kind=f"{self.service.name}.{verb}",
            spec=spec,
            inputs=inputs or {},
            request=uuid.uuid4().hex,
            plan_only=plan_only,
        )
        return await self.desk.submit(order)

    async def bake(
        self, verb: str, spec: Json, inputs: Mapping[str, Digest] | None = None, *, plan_only: bool = False
    ) -> JobRecord:
        """Submit a job and wait for its end."""
        return await self.over(await self.order(verb, spec, inputs, plan_only=plan_only), within_s=600)


K = TypeVar("K", bound=ServiceKitchen)


@asynccontextmanager
async def service_kitchen(
    kind: type[K],
    program: ServiceProgram,
    nats: NatsProcess,
    folder: Path,
    *,
    store: DirectoryStore | None = None,
) -> AsyncIterator[K]:
    """A kitchen of the service, under a name of its own. The environment names the store for its children."""
    service = _renamed(program)
    if store is None:
        store = DirectoryStore(folder / "store")
        store.create()
        os.environ["BAKEHOUSE_STORE_URL"] = f"dir://{folder / 'store'}"
    os.environ["BAKEHOUSE_SCRATCH"] = str(folder)
    os.environ["OMP_NUM_THREADS"] = os.environ["BAKEHOUSE_TAGGER_THREADS"] = "1"
    async with connected(nats.settings, name=service.name) as connection:
        await migrate(connection, [service], Layout(supervise_ack_wait_s=SUPERVISE_ACK_WAIT_S))
        records = JobRecords(connection, Revisions(store))
        yield kind(
            connection=connection,
            store=store,
            service=service,
            records=records,
            desk=JobDesk(connection, store, records),
            scratch=Path(mkdtemp(dir=folder)),
            program=program,
        )


def _renamed(program: ServiceProgram) -> Service:
    ((name, service),) = load_services([program.declaration]).items()
    fresh = f"{name}{uuid.uuid4().hex[:8]}"
    return replace(
        service,
        name=fresh,
        kinds={f"{fresh}.{kind.removeprefix(f'{name}.')}": pool for kind, pool in service.kinds.items()},
        pools={pool: replace(spec, ack_wait_s=4) for pool, spec in service.pools.items()},
    )
