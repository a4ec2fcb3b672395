"""Captioning 3,000 pictures, against a plain loop in the same process with the same network and threads.

The loop opens, decodes and resizes each picture, runs the network at every 16, and writes a safetensors file
per 256. The captioner does that in units (`services/captioner/tagging.py`), and besides: it checks each
picture's SHA-256, and writes shards durably. `job` is the whole of it through NATS, worker and finaliser.
"""

import asyncio
import io
import os
import statistics
import time
from collections.abc import Awaitable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import onnxruntime
from PIL import Image
from safetensors.numpy import save_file

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.digest import Digest, digest_bytes
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.jobs.stage import UnitRequest
from bakehouse.logs import configure_logs
from services.captioner.adapters.model_files import ModelFiles
from services.captioner.adapters.onnx_tagger import OnnxTaggers
from services.captioner.adapters.pillow_square import read_square
from services.captioner.domain.tag_list import parse_tag_list
from services.captioner.keys import KeyedPicture
from services.captioner.tagging import TagRunner
from services.captioner.unit import BATCH_ITEMS, UNIT_WIRE, TagUnit
from tests.nats_process import NatsProcess
from tests.services.captioner.kitchen import captioner_kitchen
from tests.services.captioner.snapshots import Source
from tests.services.captioner.tiny_tagger import TAG_LIST, put_tagger, tagger_model

NUM_PICTURES = 3000
UNIT_ITEMS = 64  # what a planner cuts before it knows a rate
FILE_ITEMS = 256
ROUNDS = 3
DEMO = Path(__file__).resolve().parent.parent / "demo" / "weights" / "tagger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A tagger's two files."""

    model: bytes
    tag_list: bytes
    name: str


def main() -> None:
    configure_logs(level="error", log_format="json", secrets=())
    os.environ |= {"BAKEHOUSE_LOG_LEVEL": "error", "BAKEHOUSE_READER_THREADS": "1"}  # of the worker's child
    weights = find_weights()
    with TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        pictures = [draw(number) for number in range(NUM_PICTURES)]
        paths = [folder / f"{number:05}.jpg" for number in range(NUM_PICTURES)]
        for path, data in zip(paths, pictures, strict=True):
            path.write_bytes(data)
        print(f"{NUM_PICTURES} JPEG pictures, {weights.name}, one thread each for network and pictures\n")
        bare_s = compare(weights, paths, pictures, folder)
        asyncio.run(through_the_engine(weights, pictures, folder, bare_s))


def compare(weights: Weights, paths: Sequence[Path], pictures: Sequence[bytes], folder: Path) -> float:
    """Run both in turn and print the ratio; the loop's median seconds."""
    store = DirectoryStore(folder / "units")
    store.create()
    blobs = Blobs(store, "p")
    digests = [blobs.put(data) for data in pictures]
    loops, units = [], []
    for number in range(ROUNDS + 1):
        loop_s = plain_loop(weights, paths, folder)
        unit_s = captioner(weights, digests, blobs, folder, number)
        if number:  # the first round warms caches
            loops.append(loop_s)
            units.append(unit_s)
            print(f"loop {loop_s:.1f} s  units {unit_s:.1f} s  ratio {loop_s / unit_s:.2f}")
    ratio = statistics.median(loop_s / unit_s for loop_s, unit_s in zip(loops, units, strict=True))
    overhead_ms = (statistics.median(units) - statistics.median(loops)) / NUM_PICTURES * 1000
    print(f"median ratio {ratio:.2f}, overhead {overhead_ms:.2f} ms a picture\n")
    return statistics.median(loops)


def plain_loop(weights: Weights, paths: Sequence[Path], folder: Path) -> float:
    """Seconds of the loop that anybody would write."""
    session = session_of(weights.model)
    (taken,) = session.get_inputs()
    started = time.perf_counter()
    rows: list[npt.NDArray[np.float16]] = []
    for first in range(0, len(paths), BATCH_ITEMS):
        batch = [squared(path, taken.shape[1]) for path in paths[first : first + BATCH_ITEMS]]
        rows.extend(session.run(None, {taken.name: np.stack(batch)})[0].astype(np.float16))
        if len(rows) >= FILE_ITEMS:
            save_file({f"{number:05}": row for number, row in enumerate(rows)}, folder / "rows.safetensors")
            rows.clear()
    save_file({f"{number:05}": row for number, row in enumerate(rows)}, folder / "rows.safetensors")
    return time.perf_counter() - started


def captioner(weights: Weights, digests: Sequence[Digest], blobs: Blobs, folder: Path, number: int) -> float:
    """Seconds of the same by units, the network loaded before."""
    shared = Blobs(blobs.store, "shared")
    model, num_tags = shared.put(weights.model), len(parse_tag_list(weights.tag_list))
    taggers = OnnxTaggers(ModelFiles(folder), num_threads=1)
    taggers(shared, model)
    with ThreadPoolExecutor(1) as readers:
        runner = TagRunner(taggers, read_square, readers)
        started = time.perf_counter()
        for first in range(0, len(digests), UNIT_ITEMS):
            keyed = tuple(
                KeyedPicture(key=digest_bytes(f"{number} {digest}".encode()), picture=digest)
                for digest in digests[first : first + UNIT_ITEMS]
            )
            unit = TagUnit(model=model, num_tags=num_tags, pictures=keyed)
            compute(runner, unit, blobs, first)
        return time.perf_counter() - started


def compute(runner: TagRunner, unit: TagUnit, blobs: Blobs, number: int) -> None:
    work = runner.open(
        UnitRequest(
            kind="captioner.tag",
            spec=None,
            blobs=blobs,
            payload=UNIT_WIRE.encode(unit),
            job="j",
            plan=digest_bytes(b"plan"),
            unit=number,
        )
    )
    for batch in work.batches:
        assert not work.run(batch)
    assert work.close().blobs


async def through_the_engine(
    weights: Weights, pictures: Sequence[bytes], folder: Path, bare_s: float
) -> None:
    """A job from its submission to its end, with a worker whose child is warm; its start and plan apart."""
    nats = NatsProcess(folder / "nats")
    nats.start()
    try:
        async with captioner_kitchen(nats, folder) as kitchen, kitchen.open_for_business():
            listing = put_tagger(kitchen.shared, model=weights.model, tag_list=weights.tag_list)
            spec = {"tagger": listing}
            sources = [Source(name=f"{n}.jpg", data=data) for n, data in enumerate(pictures)]
            start_s = await timed(kitchen.tag(sources[:1], spec))
            snapshot = kitchen.put_snapshot(sources[1:])
            plan_s = await timed(kitchen.tag_snapshot(snapshot, spec, plan_only=True))
            job_s = await timed(kitchen.tag_snapshot(snapshot, spec))
            again_s = await timed(kitchen.tag_snapshot(snapshot, spec))
    finally:
        nats.stop()
    print(
        f"job {job_s:.1f} s, ratio {bare_s / job_s:.2f}; without its planning {bare_s / (job_s - plan_s):.2f}"
    )
    print(f"apart: first job with start of the child {start_s:.1f} s, planning {plan_s:.1f} s")
    print(f"again, nothing to compute: {again_s:.1f} s")


async def timed(job: Awaitable[JobRecord]) -> float:
    started = time.perf_counter()
    record = await job
    assert record.state is JobState.SUCCEEDED, record.error
    return time.perf_counter() - started


def find_weights() -> Weights:
    """The demo kitchen's tagger, or, where it was not baked, the tiny one of the tests."""
    if (DEMO / "model.onnx").exists():
        model, tag_list = (DEMO / name for name in ("model.onnx", "selected_tags.csv"))
        return Weights(
            model=model.read_bytes(), tag_list=tag_list.read_bytes(), name="the demo kitchen's tagger"
        )
    return Weights(model=tagger_model(), tag_list=TAG_LIST, name="a tagger of one matrix")


def draw(number: int) -> bytes:
    """One of many pictures of 512 by 384, a JPEG file of some 30 kB."""
    y, x = np.mgrid[0:384, 0:512]
    planes = [
        (x * (1 + number % 7) + number) % 256,
        (y * 2 + number) % 256,
        (x + y * (1 + number // 256)) % 256,
    ]
    file = io.BytesIO()
    Image.fromarray(np.stack(planes, axis=-1).astype(np.uint8)).save(file, "JPEG", quality=85)
    return file.getvalue()


def session_of(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def squared(path: Path, side: int) -> npt.NDArray[np.float32]:
    with Image.open(path) as image:
        picture = image.convert("RGB")
    factor = side / max(picture.size)
    fitted = picture.resize(
        (round(picture.width * factor), round(picture.height * factor)), Image.Resampling.BICUBIC
    )
    canvas = Image.new("RGB", (side, side), (255, 255, 255))
    canvas.paste(fitted, ((side - fitted.width) // 2, (side - fitted.height) // 2))
    return np.asarray(canvas, np.float32)[:, :, ::-1]


if __name__ == "__main__":
    main()
