import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bakehouse.base_model import shared_blobs
from bakehouse.digest import Digest
from bakehouse.jobs.failures import ConfigError
from bakehouse.jobs.record import JobRecord
from services.encoder.adapters.pillow_crop import read_crop
from services.encoder.adapters.torch_encoder import TorchEncoder
from services.encoder.domain.crop import MAX_BATCH_ITEMS, Crop
from services.encoder.ports import Pixels
from services.encoder.runner import EncoderRunner
from tests.nats_process import NatsProcess
from tests.service_kitchen import ServiceKitchen
from tests.services.encoder.bakes import Bench, put_folder
from tests.services.encoder.kitchen import encoder_kitchen
from tests.services.encoder.snapshots import gradient, png, put_snapshot, sources
from tests.stage_bench import Job


def test_a_model_that_is_gone_is_the_jobs_fault(bench: Bench, base_model: Digest) -> None:
    snapshot = put_snapshot(bench.blobs, sources(1), bench.scratch)
    job = Job(kind="encoder.latents", spec={"base_model": base_model}, inputs={"snapshot": snapshot})
    request = bench.request(bench.plan(job), 0)
    with pytest.raises(ConfigError, match="is not registered; register it first"):
        bench.runner.open(replace(request, spec={"base_model": "0" * 64}))


def test_a_kind_of_somebody_else_is_refused(bench: Bench, base_model: Digest) -> None:
    snapshot = put_snapshot(bench.blobs, sources(1), bench.scratch)
    job = Job(kind="encoder.latents", spec={"base_model": base_model}, inputs={"snapshot": snapshot})
    request = bench.request(bench.plan(job), 0)
    with pytest.raises(ConfigError, match="the encoder has register, latents and texts"):
        bench.runner.open(replace(request, kind="encoder.masks"))


def test_half_a_batch_gives_its_half_of_the_shard(bench: Bench, base_model: Digest) -> None:
    snapshot = put_snapshot(bench.blobs, sources(4), bench.scratch)
    job = Job(kind="encoder.latents", spec={"base_model": base_model}, inputs={"snapshot": snapshot})
    work = bench.runner.open(bench.request(bench.plan(job), 0))
    (batch,) = work.batches
    assert not work.run(batch[:2])
    outputs: Any = work.close().outputs
    assert [key for key, _ in outputs["rows"]] == batch[:2]


async def counts(kitchen: ServiceKitchen, verb: str, spec: Any, inputs: Any) -> tuple[int, int, Any]:
    """What a job computed, what it found, and its result; planning it alone foretells as much."""
    foretold = await kitchen.bake(verb, spec, inputs, plan_only=True)
    done: JobRecord = await kitchen.bake(verb, spec, inputs)
    assert done.state == "SUCCEEDED", done.error
    plan: Any = foretold.result
    assert (plan["planned_items"], plan["hit_items"]) == (done.planned_items, done.hit_items)
    return done.planned_items, done.hit_items, done.result


async def test_the_engine_computes_only_what_is_missing(
    shared_nats: NatsProcess, folder: Path, single: Path, tmp_path: Path
) -> None:
    async with encoder_kitchen(shared_nats, tmp_path) as kitchen, kitchen.open_for_business():
        blobs, shared = kitchen.blobs, shared_blobs(kitchen.blobs)
        bases = []
        for place in (folder, single):
            files = await asyncio.to_thread(put_folder, shared, place)
            _, _, result = await counts(kitchen, "register", {"files": files}, {})
            bases.append(result["base_model"])
        spec = {"base_model": bases[0]}
        first = put_snapshot(blobs, sources(5), kitchen.scratch)
        changed = put_snapshot(
            blobs, [*sources(4), replace(sources(5)[4], captions=["another"], flip=True)], kitchen.scratch
        )
        latents = await counts(kitchen, "latents", spec, {"snapshot": first})
        texts = await counts(kitchen, "texts", spec, {"captions": first})
        assert (latents[:2], texts[:2]) == ((5, 0), (6, 0))
        # Again, and from the single file: everything is known, and the same.
        for base in bases:
            again = await counts(kitchen, "latents", {"base_model": base}, {"snapshot": first})
            assert again[:2] == (0, 5)
        assert await counts(kitchen, "texts", spec, {"captions": first}) == (0, 6, texts[2])
        # One caption changed, one picture flipped.
        assert (await counts(kitchen, "texts", spec, {"captions": changed}))[:2] == (1, 5)
        assert (await counts(kitchen, "latents", spec, {"snapshot": changed}))[:2] == (1, 4)


async def test_a_broken_picture_never_fails_a_job_but_all_of_them_do(
    shared_nats: NatsProcess, folder: Path, tmp_path: Path
) -> None:
    async with encoder_kitchen(shared_nats, tmp_path) as kitchen, kitchen.open_for_business():
        files = put_folder(shared_blobs(kitchen.blobs), folder)
        _, _, registered = await counts(kitchen, "register", {"files": files}, {})
        good, broken = sources(1), replace(sources(1)[0], name="broken.png", data=png(gradient(7))[:300])
        spec = {"base_model": registered["base_model"]}
        for found, state in (([broken], "FAILED"), (good, "SUCCEEDED"), ([*good, broken], "SUCCEEDED")):
            snapshot = put_snapshot(kitchen.blobs, found, kitchen.scratch)
            record = await kitchen.bake("latents", spec, {"snapshot": snapshot})
            assert record.state == state
            assert state == "SUCCEEDED" or "can't be decoded" in str(record.error)


async def test_a_broken_model_fails_its_registration_with_the_remedy(
    shared_nats: NatsProcess, tmp_path: Path
) -> None:
    async with encoder_kitchen(shared_nats, tmp_path) as kitchen, kitchen.open_for_business():
        place = tmp_path / "model"
        place.mkdir()
        (place / "model.safetensors").write_bytes(b"not at all")
        files = put_folder(shared_blobs(kitchen.blobs), place)
        record = await kitchen.bake("register", {"files": files}, {})
        assert record.state == "FAILED"
        assert "model.safetensors is no safetensors file, or damaged; download it anew" in str(record.error)


@pytest.mark.parametrize(("reads_ahead", "num_read"), [(True, MAX_BATCH_ITEMS + 1), (False, MAX_BATCH_ITEMS)])
def test_the_next_batch_is_read_ahead_unless_a_picture_killed_a_child(
    bench: Bench, base_model: Digest, reads_ahead: bool, num_read: int
) -> None:
    snapshot = put_snapshot(bench.blobs, sources(MAX_BATCH_ITEMS + 1), bench.scratch)
    job = Job(kind="encoder.latents", spec={"base_model": base_model}, inputs={"snapshot": snapshot})
    request = replace(bench.request(bench.plan(job), 0), reads_ahead=reads_ahead)
    seen: list[Digest] = []

    def read(data: bytes, crop: Crop) -> Pixels:
        seen.append(crop.key)
        return read_crop(data, crop)

    with ThreadPoolExecutor(1) as readers:
        work = EncoderRunner(TorchEncoder(bench.scratch), read, readers).open(request)
        assert not work.run(work.batches[0])
    assert len(seen) == num_read
