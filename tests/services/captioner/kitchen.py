"""The captioner inside a test."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jobs.record import JobRecord
from services.captioner.bootstrap import program
from tests.nats_process import NatsProcess
from tests.service_kitchen import ServiceKitchen, service_kitchen
from tests.services.captioner.snapshots import Source, put_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionerKitchen(ServiceKitchen):
    async def tag(self, sources: Sequence[Source], spec: Json, *, plan_only: bool = False) -> JobRecord:
        """Submit a job over a snapshot of `sources` and wait for its end."""
        return await self.tag_snapshot(self.put_snapshot(sources), spec, plan_only=plan_only)

    def put_snapshot(self, sources: Sequence[Source]) -> Digest:
        """Store a snapshot of `sources`; its manifest's blob."""
        return put_snapshot(self.blobs, sources, self.scratch)

    async def tag_snapshot(self, snapshot: Digest, spec: Json, *, plan_only: bool = False) -> JobRecord:
        """Submit a job over a stored snapshot and wait for its end."""
        return await self.bake("tag", spec, {"snapshot": snapshot}, plan_only=plan_only)


def captioner_kitchen(nats: NatsProcess, folder: Path) -> AbstractAsyncContextManager[CaptionerKitchen]:
    return service_kitchen(CaptionerKitchen, program(), nats, folder)
