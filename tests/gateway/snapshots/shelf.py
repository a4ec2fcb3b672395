"""Jobs that have made snapshots of a few samples, in a gateway of their own."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import NotFoundError
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.records import JobRecords
from bakehouse.manifest.header import ManifestRef
from bakehouse.registry.revisions import Revisions
from bakehouse.v1.artifact_pb2 import GetSnapshotRequest
from tests.bakehouse.manifest.small_snapshot import Shot, write_snapshot
from tests.gateway.bakery import Bakery, call
from tests.gateway.bakes import RESULTS, job


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A project with what was put into it."""

    shop: Bakery
    connection: Connection
    scratch: Path
    project: str

    @property
    def parent(self) -> str:
        return f"projects/{self.project}"

    @property
    def blobs(self) -> Blobs:
        return Blobs(self.shop.store, self.project)

    async def put(self, pipeline: str, *shots: Shot) -> ManifestRef:
        """A snapshot, made by a job of a pipeline, known to the gateway."""
        ref = write_snapshot(self.blobs, self.scratch, *shots)
        await self.note(pipeline, "snapshot", ref, entries={"cats": {"repeats": 3, "prior": False}})
        name = f"{self.parent}/snapshots/{ref.content}"
        async with asyncio.timeout(20):
            while not await self._knows(name):
                await asyncio.sleep(0.05)
        return ref

    async def note(
        self,
        pipeline: str,
        stage: str,
        made: ManifestRef | None,
        *,
        inputs: Mapping[str, Digest] | None = None,
        **result: Json,
    ) -> None:
        """A job that has made a manifest, or what trainings give."""
        given = {"manifest": {"blob": made.blob, "content": made.content}, "counts": {}} if made else {}
        told: dict[str, Any] = {**(RESULTS[stage] if made is None else {}), **given, **result}
        record = job(stage, pipeline=pipeline, project=self.project, inputs=inputs or {}, result=told)
        await JobRecords(self.connection, Revisions(self.shop.store)).create(record)

    async def _knows(self, name: str) -> bool:
        try:
            await call(self.shop.client.artifacts.GetSnapshot, GetSnapshotRequest(name=name))
        except NotFoundError:
            return False
        return True


async def open_shelf(shop: Bakery, connection: Connection, scratch: Path) -> Shelf:
    return Shelf(shop=shop, connection=connection, scratch=scratch, project=await shop.new_project())
