"""The trainer inside a test, and the processes that it starts."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from bakehouse.jobs.record import JobRecord
from services.trainer.bootstrap import program
from tests.nats_process import NatsProcess
from tests.service_kitchen import PROJECT, ServiceKitchen, service_kitchen
from tests.services.trainer.bakery import Bakery


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerKitchen(ServiceKitchen):
    async def train(self, bakery: Bakery, spec: Mapping[str, Any]) -> JobRecord:
        return await self.order("train", dict(spec), bakery.inputs)

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
    """Its children find the bakery's store."""
    os.environ["BAKEHOUSE_STORE_URL"] = f"dir://{bakery.scratch / 'store'}"
    async with service_kitchen(
        TrainerKitchen, program(), nats, bakery.scratch, store=bakery.store
    ) as kitchen:
        yield kitchen
