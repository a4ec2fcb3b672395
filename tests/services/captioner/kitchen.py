"""The captioner inside a test: real NATS, a real folder, its own supervision and worker."""

import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Sequence
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
from services.captioner.stage import CaptionerStage
from tests.nats_process import NatsProcess
from tests.services.captioner.snapshots import Source, put_snapshot
from tests.toy.kitchen import SUPERVISE_ACK_WAIT_S, Kitchen


class CaptionerKitchen(Kitchen):
    __slots__ = ()

    @property
    def blobs(self) -> Blobs:
        return Blobs(self.store, "p")

    @property
    def shared(self) -> Blobs:
        return Blobs(self.store, "shared")

    def worker_spec(self, **changes: Any) -> WorkerSpec:
        child = ChildSpec(runner="services.captioner.bootstrap:make_runner", stall_s=30)
        return replace(super().worker_spec(), child=child, pool="tagger", **changes)

    def desk_of(self, instance: str) -> Desk:
        return replace(super().desk_of(instance), stage=CaptionerStage())

    async def tag(self, sources: Sequence[Source], spec: Json, *, plan_only: bool = False) -> JobRecord:
        """Submit a job over a snapshot of `sources` and wait for its end."""
        return await self.tag_snapshot(self.put_snapshot(sources), spec, plan_only=plan_only)

    def put_snapshot(self, sources: Sequence[Source]) -> Digest:
        """Store a snapshot of `sources`; its manifest's blob."""
        return put_snapshot(self.blobs, sources, self.scratch)

    async def tag_snapshot(self, snapshot: Digest, spec: Json, *, plan_only: bool = False) -> JobRecord:
        """Submit a job over a stored snapshot and wait for its end."""
        order = JobOrder(
            service=self.service.name,
            project="p",
            job=f"j{uuid.uuid4().hex[:10]}",
            kind=f"{self.service.name}.tag",
            spec=spec,
            inputs={"snapshot": snapshot},
            request=uuid.uuid4().hex,
            plan_only=plan_only,
        )
        return await self.over(await self.desk.submit(order), within_s=600)


@asynccontextmanager
async def captioner_kitchen(nats: NatsProcess, folder: Path) -> AsyncIterator[CaptionerKitchen]:
    name = f"captioner{uuid.uuid4().hex[:8]}"
    pools = {"tagger": Pool(name="tagger", ack_wait_s=4)}
    service = Service(name=name, module="services.captioner", pools=pools, kinds={f"{name}.tag": "tagger"})
    store = DirectoryStore(folder / "store")
    store.create()
    os.environ["BAKEHOUSE_STORE_URL"] = f"dir://{folder / 'store'}"  # for children
    os.environ["BAKEHOUSE_SCRATCH"] = str(folder)
    os.environ["BAKEHOUSE_TAGGER_THREADS"] = "1"
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(connected(nats.settings, name=name))
        await migrate(connection, [service], Layout(supervise_ack_wait_s=SUPERVISE_ACK_WAIT_S))
        records = JobRecords(connection, Revisions(store))
        yield CaptionerKitchen(
            connection=connection,
            store=store,
            service=service,
            records=records,
            desk=JobDesk(connection, store, records),
            scratch=Path(tempfile.mkdtemp(dir=folder)),
        )
