"""Ten million samples in one job; twenty thousand units drained while small jobs pass by."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import canonical_digest
from bakehouse.digest import Digest
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.submit import JobDesk, JobOrder
from bakehouse.jobs.units import MAX_UNITS
from bakehouse.manifest.header import Manifest
from bakehouse.manifest.schema import KEPT, TABLES
from bakehouse.manifest.store import save_manifest
from bakehouse.manifest.writing import TableWriter
from bakehouse.registry.revisions import Revisions
from tests.faults.studio import Studio, running_studio

NUM_SAMPLES = 10_000_000
BATCH = 100_000
SCATTER = 0x9E3779B97F4A7C15F39CC0605CEDC835  # odd: no two numbers give one id


class Office:
    """Submits jobs to a studio and waits for them."""

    def __init__(self, studio: Studio, connection: Connection) -> None:
        self.store = DirectoryStore(studio.store)
        self.records = JobRecords(connection, Revisions(self.store))
        self.desk = JobDesk(connection, self.store, self.records)

    async def submit(
        self, name: str, *, inputs: dict[str, Digest] | None = None, **spec: object
    ) -> JobRecord:
        order = JobOrder(
            service="toy",
            project="p",
            job=name,
            kind="toy.bake",
            spec=spec,  # type: ignore[arg-type]  # JSON, as the tests give it
            inputs=inputs or {},
            request=name,
        )
        return await self.desk.submit(order)

    async def reached(self, record: JobRecord, *states: JobState, within_s: float) -> JobRecord:
        async with asyncio.timeout(within_s):
            while (record := (await self.records.read(record.ref.resource)).record).state not in states:
                await asyncio.sleep(0.1)
        return record


def write_samples(store: DirectoryStore, scratch: Path) -> Digest:
    """A samples manifest of ten million rows."""

    def batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, NUM_SAMPLES, BATCH):
            ids = [(n * SCATTER % 2**128).to_bytes(16, "big") for n in range(start, start + BATCH)]
            columns: list[pa.Array[Any]] = [pa.array(ids, pa.binary(16)), pa.array([KEPT] * BATCH)]
            yield pa.RecordBatch.from_arrays(columns, names=["sample_id", "state"])

    blobs = Blobs(store, "p")
    table = TableWriter(blobs, scratch=scratch).write(TABLES["samples"], batches())
    manifest = Manifest(stage="ingest", revision=1, spec=canonical_digest({}), tables={"samples": table})
    return save_manifest(blobs, manifest).blob


@pytest.mark.scale
async def test_ten_million_samples_are_planned_and_windowed_in_flat_memory(tmp_path: Path) -> None:
    async with running_studio(tmp_path, num_serve=1, num_work=0) as (studio, connection):
        office = Office(studio, connection)
        samples = await asyncio.to_thread(write_samples, office.store, tmp_path)
        (serve,) = studio.pids()
        record = await office.submit("large", inputs={"samples": samples}, num_items=NUM_SAMPLES)
        peak_mib, started = 0.0, time.monotonic()
        while record.state in {JobState.QUEUED, JobState.PLANNING}:
            peak_mib = max(peak_mib, psutil.Process(serve).memory_info().rss / 2**20)
            record = (await office.records.read(record.ref.resource)).record
            await asyncio.sleep(0.1)
        print(f"planned in {time.monotonic() - started:.0f} s")  # noqa: T201 - for bench/results
        await asyncio.sleep(5)
        waiting = await connection.subjects("WORK", "work.>")
        after_mib = psutil.Process(serve).memory_info().rss / 2**20
        print(f"peak {peak_mib:.0f} MiB, then {after_mib:.0f} MiB")  # noqa: T201 - for bench/results
        assert record.state is JobState.RUNNING
        assert record.num_items == NUM_SAMPLES
        assert 0 < record.num_units <= MAX_UNITS
        assert 0 < len(waiting) <= 1000
        assert peak_mib < 512
        await office.desk.cancel(record.ref)
        await office.reached(record, JobState.CANCELLED, within_s=5)


@pytest.mark.scale
async def test_small_jobs_pass_twenty_thousand_units(tmp_path: Path) -> None:
    async with running_studio(tmp_path, num_serve=2, num_work=3) as (studio, connection):
        office = Office(studio, connection)
        large = await office.submit("large", num_items=20_000, unit_items=1, empty=True)
        await office.reached(large, JobState.RUNNING, within_s=30)
        for number in range(5):
            started = time.monotonic()
            small = await office.submit(f"small-{number}", num_items=4, unit_items=2, seed=number + 1)
            await office.reached(small, JobState.SUCCEEDED, within_s=10)
            print(f"small job in {time.monotonic() - started:.2f} s")  # noqa: T201 - for bench/results
        large = await office.reached(large, JobState.SUCCEEDED, within_s=300)
        assert (large.done_units, large.done_items) == (20_000, 20_000)
        while await connection.subjects("WORK", "work.>"):
            await asyncio.sleep(0.1)
