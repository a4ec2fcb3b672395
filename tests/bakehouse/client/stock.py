"""A project of a real gateway with snapshots in it, made by jobs that a test writes down as over."""

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.client.artifact_values import Snapshot
from bakehouse.client.client import Client
from bakehouse.digest import Digest
from bakehouse.errors import NotFoundError
from bakehouse.jetstream.connecting import connected
from bakehouse.jobs.record import JobRecord
from bakehouse.jobs.records import JobRecords
from bakehouse.manifest.header import ManifestRef
from bakehouse.registry.revisions import Revisions
from tests.bakehouse.client.gateway_process import GatewayProcess
from tests.bakehouse.manifest.small_snapshot import Shot, write_snapshot
from tests.gateway.bakes import job


@dataclass(frozen=True, kw_only=True)
class Stock:
    gateway: GatewayProcess
    client: Client
    project: str
    scratch: Path

    @property
    def store(self) -> DirectoryStore:
        return DirectoryStore(self.gateway.folder / "store")

    @property
    def blobs(self) -> Blobs:
        return Blobs(self.store, self.project)

    def put(self, *shots: Shot, entries: Sequence[Mapping[str, Json]] = (), part_rows: int = 2) -> Snapshot:
        """A snapshot with the bytes of its pictures. `entries`: what its job was asked for."""
        for shot in shots:
            self.blobs.put(shot.data or shot.name.encode())
        ref = write_snapshot(self.blobs, self.scratch, *shots, part_rows=part_rows)
        spec = self.blobs.put(canonical_bytes({"entries": list(entries)}))
        told: Json = {str(entry["id"]): {"repeats": entry.get("repeats", 0)} for entry in entries}
        self.note("snapshot", ref, spec=spec, entries=told)
        return self.known(f"projects/{self.project}/snapshots/{ref.content}")

    def note(self, stage: str, made: ManifestRef, *, spec: Digest | None = None, **result: Json) -> None:
        name = f"b{uuid.uuid4().hex[:8]}"
        told: dict[str, Any] = {"manifest": {"blob": made.blob, "content": made.content}, "counts": {}}
        record = job(stage, pipeline=name, project=self.project, result={**told, **result})
        self._create(record if spec is None else _with_spec(record, spec))

    def known(self, name: str) -> Snapshot:
        """A snapshot, once the gateway has heard of it."""
        give_up_at = time.monotonic() + 20
        while True:
            try:
                return self.client.snapshots.get(name)
            except NotFoundError:
                assert time.monotonic() < give_up_at, f"{name} did not come"
                time.sleep(0.05)

    def _create(self, record: JobRecord) -> None:
        async def create() -> None:
            async with connected(self.gateway.nats.settings, name="test") as connection:
                await JobRecords(connection, Revisions(self.store)).create(record)

        asyncio.run(create())


def _with_spec(record: JobRecord, spec: Digest) -> JobRecord:
    return replace(record, spec=spec)


def open_stock(gateway: GatewayProcess, client: Client, scratch: Path) -> Stock:
    project = f"p{uuid.uuid4().hex[:12]}"
    client.projects.create(project)
    return Stock(gateway=gateway, client=client, project=project, scratch=scratch)
