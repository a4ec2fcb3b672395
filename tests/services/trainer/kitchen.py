"""The trainer inside a test: real NATS, a real folder, its own supervision and worker, jobs to bake."""

import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

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
from services.trainer.bootstrap import make_stage
from tests.nats_process import NatsProcess
from tests.services.trainer.bakery import PROJECT, Bakery
from tests.toy.kitchen import SUPERVISE_ACK_WAIT_S, Kitchen


class TrainerKitchen(Kitchen):
    __slots__ = ()

    def worker_spec(self, **changes: Any) -> WorkerSpec:
        child = ChildSpec(runner="services.trainer.bootstrap:make_runner", stall_s=120)
        return replace(super().worker_spec(), pool="gpu", child=child, **changes)

    def desk_of(self, instance: str) -> Desk:
        return replace(super().desk_of(instance), stage=make_stage())

    async def train(self, bakery: Bakery, spec: Mapping[str, Any]) -> JobRecord:
        order = JobOrder(
            service=self.service.name,
            project=PROJECT,
            job=f"j{uuid.uuid4().hex[:10]}",
            kind=f"{self.service.name}.train",
            spec=dict(spec),
            inputs=bakery.inputs,
            request=uuid.uuid4().hex,
        )
        return await self.desk.submit(order)

    def checkpoints(self) -> list[str]:
        """The names of what is kept of runs, in order."""
        found = self.store.list(f"{PROJECT}/checkpoints/")
        return [info if isinstance(info, str) else info.key for info in found]


def ranks() -> list[psutil.Process]:
    """The ranks below this process."""
    return [process for process in psutil.Process().children(recursive=True) if is_rank(process)]


def children() -> list[psutil.Process]:
    """The workers' children below this process."""
    return [p for p in psutil.Process().children() if "bakehouse.jobs.child" in words_of(p)]


def is_rank(process: psutil.Process) -> bool:
    words = words_of(process)
    return "services.trainer.rank" in words and "torch.distributed.run" not in words


def words_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it is gone
        return []


@asynccontextmanager
async def trainer_kitchen(nats: NatsProcess, bakery: Bakery) -> AsyncIterator[TrainerKitchen]:
    name = f"trainer{uuid.uuid4().hex[:8]}"
    pools = {"gpu": Pool(name="gpu", ack_wait_s=4)}
    service = Service(name=name, module="services.trainer", pools=pools, kinds={f"{name}.train": "gpu"})
    os.environ["BAKEHOUSE_STORE_URL"] = f"dir://{bakery.scratch / 'store'}"  # for children
    os.environ["BAKEHOUSE_SCRATCH"] = str(bakery.scratch)
    os.environ["OMP_NUM_THREADS"] = "1"
    async with connected(nats.settings, name=name) as connection:
        await migrate(connection, [service], Layout(supervise_ack_wait_s=SUPERVISE_ACK_WAIT_S))
        records = JobRecords(connection, Revisions(bakery.store))
        yield TrainerKitchen(
            connection=connection,
            store=bakery.store,
            service=service,
            records=records,
            desk=JobDesk(connection, bakery.store, records),
            scratch=Path(tempfile.mkdtemp(dir=bakery.scratch)),
        )
