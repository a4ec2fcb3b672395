"""A worker that is killed while it fetches: what was lost is fetched again, and nothing is missing."""

import asyncio
import io
import os
import signal
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
from minio import Minio

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.jobs.record import JobState
from tests.faultproxy import FaultProxy, Slow
from tests.nats_process import NatsProcess
from tests.services.dataset.ingesting import contents
from tests.services.dataset.kitchen import dataset_kitchen
from tests.weed import ACCESS_KEY, BUCKET, SECRET_KEY, running_weed

NUM_OBJECTS = 80  # more than a unit


def put(prefix: str) -> dict[str, bytes]:
    host = running_weed().endpoint.removeprefix("http://")
    client = Minio(host, access_key=ACCESS_KEY, secret_key=SECRET_KEY, secure=False)
    data = {f"{number:02d}.png": b"picture %d" % number for number in range(NUM_OBJECTS)}
    for name, content in data.items():
        client.put_object(BUCKET, f"{prefix}/{name}", io.BytesIO(content), len(content))
    return data


def kill_children() -> int:
    """Kill the processes that compute; how many there were."""
    children = [
        child for child in psutil.Process().children() if "bakehouse.jobs.child" in " ".join(child.cmdline())
    ]
    for child in children:
        os.kill(child.pid, signal.SIGKILL)
    return len(children)


@pytest.mark.faults
async def test_a_killed_worker_costs_its_unit_alone(
    shared_nats: NatsProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    monkeypatch.setenv("BAKEHOUSE_STORE_URL", f"dir://{tmp_path / 'store'}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    data = put(prefix := f"kills/{uuid4().hex}")
    with FaultProxy(running_weed().ports["s3"]) as proxy:
        source = {"type": "aws", "bucket": BUCKET, "prefix": prefix, "endpoint_url": proxy.endpoint}
        proxy.spoil(Slow(pause_s=0.1), times=NUM_OBJECTS)
        async with dataset_kitchen(shared_nats, store, tmp_path) as kitchen, kitchen.open_for_business():
            job = await kitchen.order("ingest", {"sources": {"cats": source}})
            async with asyncio.timeout(60):
                while proxy.count("GET") < NUM_OBJECTS // 4:
                    await asyncio.sleep(0.02)
            assert kill_children()
            over = await kitchen.over(job, within_s=60)
            assert over.state is JobState.SUCCEEDED, over.error
            result: Any = over.result
            assert result["counts"] == {"found": NUM_OBJECTS, "kept": NUM_OBJECTS}
            assert contents(kitchen.blobs, result) == data
            again = await kitchen.bake("ingest", {"sources": {"cats": source}})
            assert (again.num_items, again.num_hits) == (0, NUM_OBJECTS)
