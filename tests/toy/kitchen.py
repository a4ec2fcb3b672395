"""A toy studio inside a test: real NATS, a real folder, a supervision and workers, jobs to bake in it."""

import asyncio
import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import Digest
from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs import subjects
from bakehouse.jobs.answers import Edition
from bakehouse.jobs.child_process import ChildSpec
from bakehouse.jobs.rates import Rates
from bakehouse.jobs.record import JobRecord
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.submit import JobDesk, JobOrder
from bakehouse.jobs.supervision import Supervision
from bakehouse.jobs.supervisor import Desk
from bakehouse.jobs.worker import Worker, WorkerSpec
from bakehouse.migration import Layout, migrate
from bakehouse.registry.revisions import Revisions
from bakehouse.topology import Pool, Service
from tests.nats_process import NatsProcess
from tests.toy.stage import ToyStage

SUPERVISE_ACK_WAIT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kitchen:
    """A service of this test alone: others on the same NATS don't see its jobs."""

    connection: Connection
    store: DirectoryStore
    service: Service
    records: JobRecords
    desk: JobDesk
    scratch: Path

    def worker_spec(self, **changes: Any) -> WorkerSpec:
        child = ChildSpec(runner="tests.toy.runner:make_runner", memory_limit_mib=512, stall_s=3)
        spec = WorkerSpec(service=self.service.name, pool="cpu", child=child, ack_wait_s=4, drain_s=3)
        return replace(spec, **changes)

    def desk_of(self, instance: str) -> Desk:
        return Desk(
            connection=self.connection,
            records=self.records,
            store=self.store,
            stage=ToyStage(),
            service=self.service,
            rates=Rates(self.connection),
            edition=Edition([]),
            instance=instance,
            scratch=self.scratch,
        )

    async def submit(
        self, *, inputs: Mapping[str, Digest] | None = None, plan_only: bool = False, **spec: Any
    ) -> JobRecord:
        return await self.desk.submit(
            JobOrder(
                service=self.service.name,
                project="p",
                job=f"j{uuid.uuid4().hex[:10]}",
                kind=f"{self.service.name}.bake",
                spec=spec,
                inputs=inputs or {},
                request=uuid.uuid4().hex,
                plan_only=plan_only,
            )
        )

    async def read(self, record: JobRecord) -> JobRecord:
        return (await self.records.read(record.ref.resource)).record

    async def over(self, record: JobRecord, *, within_s: float = 30) -> JobRecord:
        """The job's record once it is over and nothing of it is left on NATS."""
        async with asyncio.timeout(within_s):
            while not (record := await self.read(record)).state.is_final or await self.left(record):
                await asyncio.sleep(0.05)
        return record

    async def left(self, record: JobRecord) -> dict[str, int]:
        """What streams still hold of a job."""
        return {
            **await self.connection.subjects("WORK", subjects.work_of_job(record.ref)),
            **await self.connection.subjects("SUPERVISE", subjects.supervise_subject(record.ref)),
            **await self.connection.subjects("DONE", subjects.done_subject(record.ref)),
        }

    def rows(self, record: JobRecord) -> list[bytes]:
        result: Any = record.result
        return Blobs(self.store, "p").get(Digest(result["rows"])).splitlines()

    @asynccontextmanager
    async def supervising(self, instance: str = "serve") -> AsyncIterator[None]:
        supervision = Supervision(self.desk_of(instance), ack_wait_s=SUPERVISE_ACK_WAIT_S)
        task = asyncio.create_task(supervision.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.result()

    @asynccontextmanager
    async def working(self, **changes: Any) -> AsyncIterator[Worker]:
        worker = Worker(self.connection, self.records, self.worker_spec(**changes))
        stop = asyncio.Event()
        task = asyncio.create_task(worker.run(stop))
        try:
            yield worker
        finally:
            stop.set()
            await task

    @asynccontextmanager
    async def open_for_business(self) -> AsyncIterator[None]:
        async with self.supervising(), self.working():
            yield


@asynccontextmanager
async def kitchen(nats: NatsProcess, folder: Path) -> AsyncIterator[Kitchen]:
    name = f"toy{uuid.uuid4().hex[:8]}"
    pools = {"cpu": Pool(name="cpu", ack_wait_s=4)}
    service = Service(name=name, module="tests.toy", pools=pools, kinds={f"{name}.bake": "cpu"})
    store = DirectoryStore(folder / "store")
    store.create()
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(connected(nats.settings, name=name))
        await migrate(connection, [service], Layout(supervise_ack_wait_s=SUPERVISE_ACK_WAIT_S))
        os.environ["BAKEHOUSE_STORE_URL"] = f"dir://{folder / 'store'}"  # for children
        records = JobRecords(connection, Revisions(store))
        yield Kitchen(
            connection=connection,
            store=store,
            service=service,
            records=records,
            desk=JobDesk(connection, store, records),
            scratch=Path(tempfile.mkdtemp(dir=folder)),
        )
