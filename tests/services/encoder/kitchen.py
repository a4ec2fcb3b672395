"""The encoder inside a test: real NATS, a real folder, its own supervision and worker."""

import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jetstream.connecting import connected
from bakehouse.jobs.child_process import ChildSpec
from bakehouse.jobs.record import JobRecord
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.submit import JobDesk, JobOrder
from bakehouse.jobs.supervisor import Desk
from bakehouse.jobs.worker import WorkerSpec
from bakehouse.migration import Layout, migrate
from bakehouse.registry.revisions import Revisions
from bakehouse.topology import Pool, Service
from services.encoder.stage import EncoderStage
from tests.nats_process import NatsProcess
from tests.toy.kitchen import SUPERVISE_ACK_WAIT_S, Kitchen

POOL = "torch"


class EncoderKitchen(Kitchen):
    __slots__ = ()

    @property
    def blobs(self) -> Blobs:
        return Blobs(self.store, "p")

    def worker_spec(self, **changes: Any) -> WorkerSpec:
        child = ChildSpec(runner="services.encoder.bootstrap:make_runner", stall_s=60)
        return replace(super().worker_spec(), child=child, pool=POOL, **changes)

    def desk_of(self, instance: str) -> Desk:
        return replace(super().desk_of(instance), stage=EncoderStage())

    async def bake(self, verb: str, spec: Json, inputs: Mapping[str, Digest], **options: Any) -> JobRecord:
        """Submit a job and wait for its end."""
        order = JobOrder(
            service=self.service.name,
            project="p",
            job=f"j{uuid.uuid4().hex[:10]}",
            kind=f"{self.service.name}.{verb}",
            spec=spec,
            inputs=inputs,
            request=uuid.uuid4().hex,
            **options,
        )
        return await self.over(await self.desk.submit(order), within_s=90)


@asynccontextmanager
async def encoder_kitchen(nats: NatsProcess, folder: Path) -> AsyncIterator[EncoderKitchen]:
    name = f"encoder{uuid.uuid4().hex[:8]}"
    kinds = {f"{name}.{verb}": POOL for verb in ("register", "latents", "texts")}
    pools = {POOL: Pool(name=POOL, ack_wait_s=4)}
    service = Service(name=name, module="services.encoder", pools=pools, kinds=kinds)
    store = DirectoryStore(folder / "store")
    store.create()
    os.environ["BAKEHOUSE_STORE_URL"] = f"dir://{folder / 'store'}"  # for children
    os.environ["BAKEHOUSE_SCRATCH"] = str(folder)
    os.environ["OMP_NUM_THREADS"] = "1"
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(connected(nats.settings, name=name))
        await migrate(connection, [service], Layout(supervise_ack_wait_s=SUPERVISE_ACK_WAIT_S))
        records = JobRecords(connection, Revisions(store))
        yield EncoderKitchen(
            connection=connection,
            store=store,
            service=service,
            records=records,
            desk=JobDesk(connection, store, records),
            scratch=Path(tempfile.mkdtemp(dir=folder)),
        )
