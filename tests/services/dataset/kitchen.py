"""The dataset service inside a test: real NATS, a real folder, its own supervision and worker."""

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
from bakehouse.manifest.header import Manifest, decode_manifest
from bakehouse.manifest.reading import TableReader
from bakehouse.migration import Layout, migrate
from bakehouse.registry.revisions import Revisions
from bakehouse.topology import Pool, Service
from services.dataset.bootstrap import make_stage
from services.dataset.domain.listing import ListedFile, write_line
from tests.nats_process import NatsProcess
from tests.toy.kitchen import SUPERVISE_ACK_WAIT_S, Kitchen


class DatasetKitchen(Kitchen):
    __slots__ = ()

    @property
    def blobs(self) -> Blobs:
        return Blobs(self.store, "p")

    def worker_spec(self, **changes: Any) -> WorkerSpec:
        child = ChildSpec(runner="services.dataset.bootstrap:make_runner", memory_limit_mib=0, stall_s=30)
        return replace(super().worker_spec(), child=child, **changes)

    def desk_of(self, instance: str) -> Desk:
        return replace(super().desk_of(instance), stage=make_stage())

    async def bake(self, kind: str, spec: Json) -> JobRecord:
        """Submit a job and wait for its end."""
        order = JobOrder(
            service=self.service.name,
            project="p",
            job=f"j{uuid.uuid4().hex[:10]}",
            kind=f"{self.service.name}.{kind}",
            spec=spec,
            inputs={},
            request=uuid.uuid4().hex,
        )
        return await self.over(await self.desk.submit(order))


def put_listing(blobs: Blobs, files: Mapping[str, bytes]) -> Digest:
    """Store files and their listing."""
    listed = [
        ListedFile(name=name, digest=blobs.put(data), size_bytes=len(data))
        for name, data in sorted(files.items())
    ]
    return blobs.put(b"".join(map(write_line, listed)))


def load(blobs: Blobs, result: Any) -> Manifest:
    return decode_manifest(blobs.get(Digest(result["manifest"]["blob"])))


def table(blobs: Blobs, result: Any, name: str) -> list[dict[str, Any]]:
    reader = TableReader(blobs, load(blobs, result).tables[name])
    return [row for batch in reader.batches() for row in batch.to_pylist()]


@asynccontextmanager
async def dataset_kitchen(
    nats: NatsProcess, store: DirectoryStore, folder: Path
) -> AsyncIterator[DatasetKitchen]:
    """The environment names the store for the children."""
    name = f"dataset{uuid.uuid4().hex[:8]}"
    kinds = {f"{name}.snapshot": "cpu", f"{name}.list": "cpu"}
    service = Service(
        name=name, module="services.dataset", pools={"cpu": Pool(name="cpu", ack_wait_s=4)}, kinds=kinds
    )
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(connected(nats.settings, name=name))
        await migrate(connection, [service], Layout(supervise_ack_wait_s=SUPERVISE_ACK_WAIT_S))
        records = JobRecords(connection, Revisions(store))
        yield DatasetKitchen(
            connection=connection,
            store=store,
            service=service,
            records=records,
            desk=JobDesk(connection, store, records),
            scratch=Path(tempfile.mkdtemp(dir=folder)),
        )
