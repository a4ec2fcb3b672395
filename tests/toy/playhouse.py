"""All services of a bake inside a test, playing: real NATS, a real folder, real workers, trivial work."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jobs.child_process import ChildSpec
from bakehouse.jobs.supervision import Supervision
from bakehouse.migration import Layout, migrate
from bakehouse.topology import Pool, Service
from tests.nats_process import NatsProcess
from tests.toy.kitchen import SUPERVISE_ACK_WAIT_S, Kitchen, kitchen
from tests.toy.play import KINDS, PlayStage, listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Playhouse:
    """Four services, each with one supervisor and one worker."""

    kitchens: Mapping[str, Kitchen]

    @property
    def one(self) -> Kitchen:
        """Any of them: they share store and connection."""
        return self.kitchens["dataset"]

    @property
    def services(self) -> list[Service]:
        return [entry.service for entry in self.kitchens.values()]

    def put_listing(self, project: str, **files: str) -> Digest:
        """Store some files and their listing; the listing's digest."""
        blobs = Blobs(self.one.store, project)
        data = {name: text.encode() for name, text in files.items()}
        for content in data.values():
            blobs.put(content)
        return blobs.put(listing(data))

    def recipe(self, project: str, *, num_pictures: int = 6, **training: Json) -> dict[str, Json]:
        """A recipe whose listings are there."""
        pictures = {f"{n}.png": f"picture {n}" for n in range(num_pictures)}
        return {
            "base_model": self.put_listing("shared", model="weights"),
            "datasets": [{"id": "pics", "listing": self.put_listing(project, **pictures), "repeats": 1}],
            "captioning": {"tagger": self.put_listing("shared", tagger="tagger"), "default": {}},
            "training": {"max_train_steps": 10, "network_train_unet_only": True, **training},
        }

    @asynccontextmanager
    async def open(self, *names: str) -> AsyncIterator[None]:
        """Supervise and work, for all services or some."""
        async with AsyncExitStack() as stack:
            for name in names or self.kitchens:
                await stack.enter_async_context(_playing(self.kitchens[name]))
            yield


@asynccontextmanager
async def playhouse(nats: NatsProcess, folder: Path) -> AsyncIterator[Playhouse]:
    async with kitchen(nats, folder) as first:
        kitchens = {service.name: replace(first, service=service) for service in play_services()}
        house = Playhouse(kitchens=kitchens)
        await migrate(first.connection, house.services, Layout(supervise_ack_wait_s=SUPERVISE_ACK_WAIT_S))
        yield house


@asynccontextmanager
async def _playing(place: Kitchen) -> AsyncIterator[None]:
    desk = replace(place.desk_of(f"{place.service.name}-serve"), stage=PlayStage())
    supervision = Supervision(desk, ack_wait_s=SUPERVISE_ACK_WAIT_S)
    task = asyncio.create_task(supervision.run())
    child = ChildSpec(runner="tests.toy.play:make_runner", memory_limit_mib=512, stall_s=10)
    try:
        async with place.working(child=child):
            yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def play_services() -> list[Service]:
    """The services of a bake, with the kinds of job that they have."""
    return [_service(name, kinds) for name, kinds in sorted(KINDS.items())]


def _service(name: str, kinds: tuple[str, ...]) -> Service:
    return Service(
        name=name,
        module="tests.toy",
        pools={"cpu": Pool(name="cpu", ack_wait_s=4)},
        kinds={f"{name}.{kind}": "cpu" for kind in kinds},
    )
