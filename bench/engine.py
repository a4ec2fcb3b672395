"""The job engine against a bare nats-py loop that makes the same durable steps, with as many processes.

Both drain the same number of empty units from a work queue on a nats-server with `sync_interval: always`:
an fsynced result file, a done message stored by JetStream, an acknowledged ack. Besides, the engine does:
plan, window, child processes, verification of every result, acceptance, finalising.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import nats
import nats.errors

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.jetstream.connection import MAX_BATCH, Connection, Outgoing
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.submit import JobDesk, JobOrder
from bakehouse.migration import Layout, migrate
from bakehouse.registry.revisions import Revisions
from bakehouse.topology import Pool, Service
from tests.faults.studio import running_studio
from tests.nats_process import TOKEN, NatsProcess

NUM_UNITS = 2000
NUM_PROCESSES = 2
ROUNDS = 3
BARE = Service(name="bare", module="", pools={"cpu": Pool(name="cpu")}, kinds={})


async def drain_bare(url: str, folder: Path) -> None:
    """One process of the bare loop: until the queue is empty."""
    client = await nats.connect(url, token=TOKEN)
    jetstream = client.jetstream()
    subscription = await jetstream.pull_subscribe_bind(durable="work-bare-cpu-bulk", stream="WORK")
    folder_handle = os.open(folder, os.O_RDONLY)
    with suppress(nats.errors.TimeoutError, TimeoutError):  # fetch raises the one or the other
        while True:
            for message in await subscription.fetch(10, timeout=1):
                handle, path = tempfile.mkstemp(dir=folder)
                os.write(handle, b"x" * 500)
                os.fsync(handle)
                os.close(handle)
                Path(path).rename(folder / message.subject)  # noqa: ASYNC240 - as bare as it gets
                os.fsync(folder_handle)
                await jetstream.publish("done.bare.p.job", b"x" * 250, timeout=10)
                await message.ack_sync(timeout=10)
    await client.close()


async def bare(connection: Connection, server: NatsProcess, folder: Path) -> float:
    """Units a second of the bare loop."""
    results = Path(tempfile.mkdtemp(dir=folder))
    for start in range(0, NUM_UNITS, MAX_BATCH):
        batch = [
            Outgoing(subject=f"work.bare.cpu.bulk.p.job.{start + n}", data=b"x" * 300)
            for n in range(MAX_BATCH)
        ]
        await connection.publish_batch(batch)
    started = time.perf_counter()
    command = [sys.executable, "-m", "bench.engine", server.server.url, str(results)]
    processes = [subprocess.Popen(command) for _ in range(NUM_PROCESSES)]
    while len(os.listdir(results)) < NUM_UNITS:
        await asyncio.sleep(0.02)
    while await connection.subjects("WORK", "work.bare.>"):
        await asyncio.sleep(0.02)
    took = time.perf_counter() - started
    for process in processes:
        process.wait()
    return NUM_UNITS / took


async def engine(desk: JobDesk, records: JobRecords, number: int) -> float:
    """Units a second of a job, from its submission to its end."""
    spec = {"num_items": NUM_UNITS, "unit_items": 1, "empty": True, "seed": number}
    order = JobOrder(
        service="toy", project="p", job=f"j{number}", kind="toy.bake", spec=spec, request=str(number)
    )
    started = time.perf_counter()
    record = await desk.submit(order)
    while not (await records.read(record.ref.resource)).record.state.is_final:
        await asyncio.sleep(0.02)
    return NUM_UNITS / (time.perf_counter() - started)


async def compare() -> None:
    """Run both in turn and print the ratio."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        async with running_studio(folder, num_serve=1, num_work=NUM_PROCESSES) as (studio, connection):
            store = DirectoryStore(studio.store)
            records = JobRecords(connection, Revisions(store))
            desk = JobDesk(connection, store, records)
            await migrate(connection, [BARE], Layout())
            await engine(desk, records, 0)  # the first one starts what is started once
            ratios, rates = [], []
            for number in range(1, ROUNDS + 1):
                bare_rate = await bare(connection, studio.nats, folder)
                engine_rate = await engine(desk, records, number)
                rates.append((engine_rate, bare_rate))
                ratios.append(engine_rate / bare_rate)
                print(
                    f"engine {engine_rate:.0f}/s  bare {bare_rate:.0f}/s  ratio {ratios[-1]:.2f}", flush=True
                )
    print(f"median ratio {statistics.median(ratios):.2f}")


def main() -> None:
    asyncio.run(compare())


if __name__ == "__main__":
    asyncio.run(drain_bare(sys.argv[1], Path(sys.argv[2])))
