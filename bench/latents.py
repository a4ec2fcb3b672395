"""Encoding 1,500 pictures to latents, against a plain loop in the same process with the same VAE and threads.

The loop opens, decodes and resizes each picture, runs the VAE at every 16, and writes a safetensors file per
256. The encoder does that in units (`services/encoder/runner.py`), and besides: it checks each picture's
SHA-256, and writes shards durably. `job` is the whole of it through NATS, worker and finaliser.
"""

import asyncio
import io
import statistics
import time
from collections.abc import Awaitable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from PIL import Image
from safetensors.torch import save_file

from bakehouse.base_model import load_base_model, shared_blobs
from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.logs import configure_logs
from bakehouse.models.files import ModelShelf
from bakehouse.models.loading import load_vae
from demo.places import BASE
from services.encoder.adapters.pillow_crop import read_crop
from services.encoder.adapters.torch_encoder import TorchEncoder
from services.encoder.runner import EncoderRunner
from services.encoder.stage import EncoderStage
from tests.bakehouse.models.tiny_models import save_folder, tiny_model
from tests.nats_process import NatsProcess
from tests.service_kitchen import ServiceKitchen
from tests.services.encoder.bakes import Bench, put_folder
from tests.services.encoder.kitchen import encoder_kitchen
from tests.services.encoder.snapshots import Source, put_snapshot
from tests.stage_bench import Job

NUM_PICTURES = 1500
BATCH_ITEMS = 16
FILE_ITEMS = 256
ROUNDS = 3
SIZE = 64, 48
RESIZE = 72, 54


def main() -> None:
    configure_logs(level="error", log_format="json", secrets=())
    torch.set_num_threads(1)
    with TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        has_demo = (BASE / "model_index.json").exists()
        base = BASE if has_demo else save_folder(tiny_model(), folder / "base")
        pictures = [draw(number) for number in range(NUM_PICTURES)]
        paths = [folder / f"{number:05}.jpg" for number in range(NUM_PICTURES)]
        for path, data in zip(paths, pictures, strict=True):
            path.write_bytes(data)
        what = "the demo kitchen's VAE" if has_demo else "the tests' tiny VAE"
        print(
            f"{NUM_PICTURES} JPEG pictures of 512x384 to {SIZE[0]}x{SIZE[1]}, {what}, a thread for it and "
            "one for pictures\n"
        )
        bare_s = compare(base, paths, pictures, folder)
        asyncio.run(through_the_engine(base, sources_of(pictures, 0), folder, bare_s))


def compare(base: Path, paths: Sequence[Path], pictures: Sequence[bytes], folder: Path) -> float:
    """Run both in turn and print the ratio; the loop's median seconds."""
    store = DirectoryStore(folder / "units")
    store.create()
    scratch = folder / "scratch"
    scratch.mkdir()
    with ThreadPoolExecutor(1) as readers:
        runner = EncoderRunner(TorchEncoder(scratch), read_crop, readers)
        bench = Bench(blobs=Blobs(store, "p"), scratch=scratch, stage=EncoderStage(), runner=runner)
        base_model = bench.register(base)
        vae = loaded_vae(bench, base_model)
        loops, units = [], []
        for number in range(ROUNDS + 1):
            loop_s = plain_loop(vae, paths, folder)
            unit_s = encoder(bench, base_model, sources_of(pictures, number))
            if number:  # the first round warms caches
                loops.append(loop_s)
                units.append(unit_s)
                print(f"loop {loop_s:.1f} s  units {unit_s:.1f} s  ratio {loop_s / unit_s:.2f}")
    ratio = statistics.median(loop_s / unit_s for loop_s, unit_s in zip(loops, units, strict=True))
    overhead_ms = (statistics.median(units) - statistics.median(loops)) / NUM_PICTURES * 1000
    print(f"median ratio {ratio:.2f}, overhead {overhead_ms:.2f} ms a picture\n")
    return statistics.median(loops)


@torch.inference_mode()
def plain_loop(vae: AutoencoderKL, paths: Sequence[Path], folder: Path) -> float:
    """Seconds of the loop that anybody would write."""
    started = time.perf_counter()
    rows: list[torch.Tensor] = []
    for first in range(0, len(paths), BATCH_ITEMS):
        batch = np.stack([resized(path) for path in paths[first : first + BATCH_ITEMS]])
        pixels = torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 127.5 - 1
        rows.extend(vae.encode(pixels).latent_dist.mean)
        if len(rows) >= FILE_ITEMS:
            write(rows, folder)
            rows.clear()
    write(rows, folder)
    return time.perf_counter() - started


def encoder(bench: Bench, base_model: Digest, sources: Sequence[Source]) -> float:
    """Seconds of the same by units, planned before, the VAE loaded."""
    snapshot = put_snapshot(bench.blobs, sources, bench.scratch)
    job = Job(kind="encoder.latents", spec={"base_model": base_model}, inputs={"snapshot": snapshot})
    planned = bench.plan(job)
    started = time.perf_counter()
    results = bench.compute(planned)
    took_s = time.perf_counter() - started
    assert sum(result.num_done for result in results) == len(sources)
    return took_s


async def through_the_engine(base: Path, sources: Sequence[Source], folder: Path, bare_s: float) -> None:
    """A job from its submission to its end, with a worker whose child is warm; its start and plan apart."""
    nats = NatsProcess(folder / "nats")
    nats.start()
    try:
        async with encoder_kitchen(nats, folder) as kitchen, kitchen.open_for_business():
            files = put_folder(shared_blobs(kitchen.blobs), base)
            registered = await kitchen.bake("register", {"files": files}, {})
            spec = {"base_model": registered.result["base_model"]}  # type: ignore[call-overload, index]  # JSON
            start_s = await timed(latents(kitchen, spec, sources[:1]))
            plan_s = await timed(latents(kitchen, spec, sources[1:], plan_only=True))
            job_s = await timed(latents(kitchen, spec, sources[1:]))
            again_s = await timed(latents(kitchen, spec, sources[1:]))
    finally:
        nats.stop()
    print(
        f"job {job_s:.1f} s, ratio {bare_s / job_s:.2f}; without its planning {bare_s / (job_s - plan_s):.2f}"
    )
    print(f"apart: first job with loading the VAE {start_s:.1f} s, planning {plan_s:.1f} s")
    print(f"again, nothing to compute: {again_s:.1f} s")


async def latents(
    kitchen: ServiceKitchen, spec: Mapping[str, Json], sources: Sequence[Source], *, plan_only: bool = False
) -> JobRecord:
    snapshot = put_snapshot(kitchen.blobs, sources, kitchen.scratch)
    return await kitchen.bake("latents", spec, {"snapshot": snapshot}, plan_only=plan_only)


async def timed(job: Awaitable[JobRecord]) -> float:
    started = time.perf_counter()
    record = await job
    assert record.state is JobState.SUCCEEDED, record.error
    return time.perf_counter() - started


def loaded_vae(bench: Bench, base_model: Digest) -> AutoencoderKL:
    model = load_base_model(bench.blobs, base_model)
    folder = ModelShelf(shared_blobs(bench.blobs), bench.scratch).folder(model.files)
    return load_vae(model, folder, torch.float32)


def sources_of(pictures: Sequence[bytes], x: int) -> list[Source]:
    """`x` is where they are cut, so that each round has latents of its own."""
    return [
        Source(name=f"{n}.jpg", data=data, size=(512, 384), resize=RESIZE, crop=(x, 0), bucket=SIZE)
        for n, data in enumerate(pictures)
    ]


def draw(number: int) -> bytes:
    """One of many pictures of 512 by 384, a JPEG file of some 30 kB."""
    y, x = np.mgrid[0:384, 0:512]
    planes = [(x * (1 + number % 7) + number) % 256, (y * 2 + number) % 256, (x + y + number * 3) % 256]
    file = io.BytesIO()
    Image.fromarray(np.stack(planes, axis=-1).astype(np.uint8)).save(file, "JPEG", quality=85)
    return file.getvalue()


def resized(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(path) as image:
        picture = image.convert("RGB").resize(RESIZE, Image.Resampling.LANCZOS)
    return np.asarray(picture.crop((0, 0, *SIZE)))


def write(rows: Sequence[torch.Tensor], folder: Path) -> None:
    tensors = {f"{number:05}": row.contiguous() for number, row in enumerate(rows)}
    save_file(tensors, folder / "rows.safetensors")


if __name__ == "__main__":
    main()
