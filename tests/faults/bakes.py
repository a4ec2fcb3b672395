"""A bake that `bakehouse bake` watches while a test looks on through NATS and the store, and kills."""

import asyncio
import json
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml
from safetensors import safe_open

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.blobs.port import ObjectInfo, ObjectStore
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import BakehouseError
from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs import subjects
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.subjects import WorkClass
from bakehouse.registry.revisions import ResourceRef, Revisions
from bakehouse.settings import ProcessSettings
from tests.e2e.kitchen import PROJECT, real_studio
from tests.e2e.local_studio import LocalStudio

# Where each stage's units are computed, and the processes of `bakehouse up` that do it.
POOLS = {
    "register": ("encoder", "torch"),
    "snapshot": ("dataset", "cpu"),
    "captions": ("captioner", "tagger"),
    "latents": ("encoder", "torch"),
    "texts": ("encoder", "torch"),
    "train": ("trainer", "gpu"),
}
WITHIN_S = 400.0
_LOOK_S = 0.005


@dataclass(frozen=True, kw_only=True)
class Baked:
    """A pipeline as its watcher saw it last, and what it gave."""

    pipeline: Mapping[str, Any]
    blobs: Blobs
    folder: Path

    @property
    def result(self) -> Mapping[str, Any]:
        result: Mapping[str, Any] = self.pipeline["result"]
        return result

    @property
    def counts(self) -> dict[str, tuple[int, int, int]]:
        """Of each stage the items that were planned, done and failed."""
        stages = {stage["name"]: stage["progress"] for stage in self.pipeline["stages"]}
        return {
            name: (progress["planned_items"], progress["done_items"], progress["failed_items"])
            for name, progress in stages.items()
        }

    @property
    def losses(self) -> bytes:
        return self.blobs.get(Digest(self.result["losses"]))

    def adapter(self) -> tuple[dict[str, tuple[str, bytes]], dict[str, str]]:
        """The tensors of the adapter's file, dtype, shape and bytes, and its metadata."""
        path = self.folder / "adapter.safetensors"
        path.write_bytes(self.blobs.get(Digest(self.result["adapter"])))
        with safe_open(path, framework="np") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
            metadata: dict[str, str] = file.metadata()
        return {n: (f"{a.dtype} {a.shape}", a.tobytes()) for n, a in arrays.items()}, metadata


class Observed:
    """A studio with a connection to its NATS and its store."""

    def __init__(self, studio: LocalStudio, connection: Connection, store: ObjectStore) -> None:
        self.studio = studio
        self.connection = connection
        self.blobs = Blobs(store, PROJECT)
        self.records = JobRecords(connection, Revisions(store))

    async def bake(self, recipe: Mapping[str, Json], *options: str) -> "Bake":
        """Start a bake, and a watcher of it."""
        path = self.studio.home.parent / "recipe.yaml"
        path.write_text(yaml.safe_dump(recipe))
        bake = Bake(self, "bake", path, *options)
        await until(lambda: bake.name)
        return bake

    async def plan(self, recipe: Mapping[str, Json]) -> Baked:
        """What baking would compute now."""
        path = self.studio.home.parent / "recipe.yaml"
        path.write_text(yaml.safe_dump(recipe))
        return await Bake(self, "plan", path).over()

    async def kill(self, *names: str) -> None:
        """Kill processes at once; return when the studio has started each of them again."""
        killed = {name: self.studio.kill(name) for name in names}
        await until(lambda: all(self.studio.pid(name) not in {0, pid} for name, pid in killed.items()))

    def kill_rank(self, rank: int) -> None:
        """Kill one of the processes that train."""
        for process in psutil.Process(self.studio.pid("trainer-gpu-1")).children(recursive=True):
            with suppress(psutil.Error):
                if process.environ().get("RANK") == str(rank):
                    process.kill()
                    return
        raise AssertionError(f"rank {rank} is not at work")

    async def num_pending(self) -> int:
        """Messages that a worker or a supervisor holds."""
        listed = [await self.connection.api(f"CONSUMER.LIST.{name}") for name in ("WORK", "SUPERVISE")]
        return sum(consumer["num_ack_pending"] for answer in listed for consumer in answer["consumers"])

    async def queued(self) -> dict[str, int]:
        """What is left on the queues, by subject."""
        streams = (subjects.WORK, subjects.SUPERVISE, subjects.DONE)
        found = [await self.connection.subjects(stream, ">") for stream in streams]
        return {subject: number for page in found for subject, number in page.items()}


class Bake:
    """One bake at work."""

    def __init__(self, observed: Observed, command: str, recipe: Path, *options: str) -> None:
        self._observed = observed
        self._run = ""
        self._folder = Path(tempfile.mkdtemp(dir=recipe.parent))
        studio = observed.studio
        self._seen, self._said = self._folder / "seen.jsonl", self._folder / "said"
        with self._seen.open("wb") as seen, self._said.open("wb") as said:
            self._process = subprocess.Popen(
                studio.command(command, str(recipe), "--json", *options),
                env=studio.environment(),
                stdout=seen,
                stderr=said,
            )

    @property
    def name(self) -> str:
        """The pipeline's id; empty while it was not seen."""
        assert self._process.poll() in {None, 0}, self._said.read_text()
        first = self._seen.read_text().partition("\n")
        return str(json.loads(first[0])["name"]).rpartition("/")[2] if first[1] else ""

    async def record(self, stage: str) -> JobRecord | None:
        """The job of a stage; None where there is none yet, or NATS is away."""
        ref = ResourceRef(project=PROJECT, kind=subjects.JOB_KIND, id=f"{self.name}-{stage}")
        try:
            return (await self._observed.records.read(ref)).record
        except BakehouseError:
            return None

    async def started_unit(self, stage: str) -> None:
        """Return when a worker has a unit of this stage."""
        await until(lambda: self._is_at_work(stage))

    async def entered(self, stage: str, state: JobState) -> None:
        """Return when the job of a stage is in `state`."""

        async def has_entered() -> bool:
            record = await self.record(stage)
            assert record is None or record.state is state or not record.state.is_final, record
            return record is not None and record.state is state

        await until(has_entered)

    async def reached(self, step: int) -> None:
        """Return when training has this step safe in a checkpoint, and is not over."""

        await until(self._run_is_planned)
        await until(lambda: self._newest_step() >= step)
        record = await self.record("train")
        assert record is None or record.state is JobState.RUNNING, record.state

    async def over(self) -> Baked:
        """What became of it, as its watcher told; nothing of it is left on the queues."""
        async with asyncio.timeout(WITHIN_S):
            while self._process.poll() is None:
                await asyncio.sleep(0.1)
        assert self._process.returncode == 0, self._said.read_text()
        last = json.loads(self._seen.read_text().splitlines()[-1])
        observed = self._observed
        await until(lambda: _is_nothing(observed.num_pending))
        await until(lambda: _is_nothing(observed.queued))
        return Baked(pipeline=last, blobs=observed.blobs, folder=self._folder)

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    async def _run_is_planned(self) -> bool:
        record = await self.record("train")
        self._run = "" if record is None else record.plan or ""
        return self._run != ""

    def _newest_step(self) -> int:
        listed = self._observed.blobs.store.list(f"{PROJECT}/checkpoints/{self._run}/")
        keys = [found.key for found in listed if isinstance(found, ObjectInfo)]
        return max((int(key.rpartition("/step-")[2][:8]) for key in keys if "/step-" in key), default=0)

    async def _is_at_work(self, stage: str) -> bool:
        service, pool = POOLS[stage]
        record = await self.record(stage)
        if record is None or record.state is not JobState.RUNNING:
            assert record is None or not record.state.is_final, f"{stage} was over before a fault could come"
            return False
        for kind in WorkClass:
            consumer = subjects.work_consumer(service, pool, kind)
            info = await self._observed.connection.api(f"CONSUMER.INFO.{subjects.WORK}.{consumer}")
            if info["num_ack_pending"]:
                return True
        return False


@asynccontextmanager
async def observed_in(folder: Path) -> AsyncIterator[Observed]:
    """A studio with its home and its store in `folder`."""
    async with observed(real_studio(folder / "home"), DirectoryStore(folder / "home" / "store")) as kitchen:
        yield kitchen


@asynccontextmanager
async def observed(studio: LocalStudio, store: ObjectStore) -> AsyncIterator[Observed]:
    """Run a studio, and look on, for the length of a `with`."""
    try:
        await asyncio.to_thread(studio.up)
        token = (studio.home / "nats-token").read_text().strip()
        settings = ProcessSettings.model_validate(
            {"nats_url": studio.state()["nats_url"], "nats_token": token}
        )
        async with connected(settings, name="test") as connection:
            yield Observed(studio, connection, store)
    finally:
        await asyncio.to_thread(studio.stop)


async def until(condition: Callable[[], object | Awaitable[object]]) -> None:
    """Return when a condition holds; a studio that is being killed does not answer for a while."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            with suppress(BakehouseError):
                found = condition()
                if isinstance(found, Awaitable):
                    found = await found
                if found:
                    return
            await asyncio.sleep(_LOOK_S)


async def _is_nothing(look: Callable[[], Awaitable[object]]) -> bool:
    with suppress(BakehouseError):
        return not await look()
    return False
