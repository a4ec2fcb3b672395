"""Sources that the studio reads itself, from a recipe through a real gateway to the snapshot.

Dataset service and S3 server are real; the encoder plays, and nobody computes what comes behind the snapshot.
"""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from minio import Minio
from PIL import Image

from bakehouse.canonical_json import Json
from bakehouse.client.client import Client
from bakehouse.client.pipeline_values import Mark, Pipeline
from bakehouse.client.values import JobState
from bakehouse.jobs.child_process import ChildSpec
from bakehouse.jobs.supervision import Supervision
from bakehouse.migration import Layout, migrate
from bakehouse.topology import load_services
from services.dataset.bootstrap import program
from tests.gateway.bakery import declaration_of
from tests.gateway.process import GatewayProcess
from tests.nats_process import NatsProcess
from tests.toy.kitchen import SUPERVISE_ACK_WAIT_S, Kitchen
from tests.toy.playhouse import Playhouse, playhouse
from tests.weed import ACCESS_KEY, BUCKET, SECRET_KEY, running_weed

SECRETS = {"pics-aws-access-key-id": ACCESS_KEY, "pics-aws-secret-access-key": SECRET_KEY}
ENTRY: Mapping[str, Json] = {"id": "pics", "resolution": 64, "minimum_image_size": 16}


@dataclass(frozen=True, kw_only=True)
class Town:
    house: Playhouse
    client: Client
    folder: Path

    async def start(self, entry: Mapping[str, Json], *, is_plan: bool = False) -> Pipeline:
        recipe = {
            "project": "p",
            "base_model": str(self.house.put_listing("shared", model="weights")),
            "datasets": [{**ENTRY, **entry}],
            "training": {"network_dim": 4, "max_train_steps": 10},
        }
        path = self.folder / "recipe.yaml"
        path.write_text(yaml.safe_dump(recipe))
        return await asyncio.to_thread(self.client.plan if is_plan else self.client.bake, path)

    async def snapshot(self, entry: Mapping[str, Json]) -> dict[str, Any]:
        """What each stage of a recipe gives, up to its snapshot; what comes behind is cancelled."""
        name = (await self.start(entry)).name
        async with asyncio.timeout(60):
            while True:
                seen = await asyncio.to_thread(self.client.pipelines.get, name)
                assert seen.error is None, seen.error
                done = {stage.name: stage for stage in seen.stages if stage.state is JobState.SUCCEEDED}
                if "snapshot" in done:
                    break
                await asyncio.sleep(0.05)
        await asyncio.to_thread(self.client.pipelines.cancel, name)
        return {stage: self.client.jobs.get(found.job).result for stage, found in done.items()}

    async def planned(self, entry: Mapping[str, Json]) -> dict[str, tuple[Mark, int, int]]:
        """What a plan says: planned and known items."""
        pipeline = await self.start(entry, is_plan=True)
        name = pipeline.name
        async with asyncio.timeout(60):
            while True:
                seen = await asyncio.to_thread(self.client.pipelines.get, name)
                found = {stage.name for stage in seen.stages if stage.state is JobState.SUCCEEDED}
                if "ingest" in found:
                    break
                await asyncio.sleep(0.05)
        await asyncio.to_thread(self.client.pipelines.cancel, name)
        told = seen.result.planned if seen.result else ()
        return {stage.stage: (stage.mark, stage.planned_items, stage.hit_items) for stage in told}


@pytest.fixture
async def town(own_nats: NatsProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    monkeypatch.setenv("BAKEHOUSE_SOURCE_ROOTS", str(tmp_path / "disk"))
    monkeypatch.setenv("BAKEHOUSE_SECRETS_DIR", str(tmp_path / "secrets"))
    (tmp_path / "secrets").mkdir()
    for name, value in SECRETS.items():
        (tmp_path / "secrets" / name).write_text(value)
    async with playhouse(own_nats, tmp_path) as house, AsyncExitStack() as stack:
        (service,) = load_services([program().declaration]).values()
        dataset = replace(house.one, service=service)
        await migrate(dataset.connection, [service], Layout(supervise_ack_wait_s=SUPERVISE_ACK_WAIT_S))
        playing = [service for service in house.services if service.name != "dataset"]
        declared = [declaration_of(service, tmp_path) for service in playing]
        gateway = GatewayProcess(
            own_nats, tmp_path, services=":".join(map(str, [*declared, program().declaration]))
        )
        stack.callback(gateway.end)
        await asyncio.to_thread(gateway.start)
        await stack.enter_async_context(house.open("encoder"))
        await stack.enter_async_context(_serving(dataset))
        with Client(gateway.address, gateway.token) as client:
            yield Town(house=house, client=client, folder=tmp_path)


@asynccontextmanager
async def _serving(dataset: Kitchen) -> AsyncIterator[None]:
    desk = replace(dataset.desk_of("dataset-serve"), stage=program().stage())
    supervising = asyncio.create_task(Supervision(desk, ack_wait_s=SUPERVISE_ACK_WAIT_S).run())
    child = ChildSpec(runner=program().runner, stall_s=60)
    try:  # two workers share its jobs
        async with dataset.working(child=child), dataset.working(child=child):
            yield
    finally:
        supervising.cancel()
        await asyncio.wait({supervising})


def picture(colour: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (colour, 0, 0)).save(file, "PNG")
    return file.getvalue()


def put(prefix: str, files: Mapping[str, bytes]) -> None:
    host = running_weed().endpoint.removeprefix("http://")
    client = Minio(host, access_key=ACCESS_KEY, secret_key=SECRET_KEY, secure=False)
    for name, data in files.items():
        client.put_object(BUCKET, f"{prefix}/{name}", io.BytesIO(data), len(data))


async def test_a_bucket_becomes_a_snapshot_and_only_what_changed_is_fetched_again(town: Town) -> None:
    prefix = f"e2e/{uuid4().hex}"
    entry: Mapping[str, Json] = {
        "type": "aws",
        "caption_strategy": "textfile",
        "aws_bucket_name": BUCKET,
        "aws_data_prefix": prefix,
        "aws_endpoint_url": running_weed().endpoint,
        "aws_access_key_id": ACCESS_KEY,  # in clear: the client replaces them
        "aws_secret_access_key": SECRET_KEY,
        "aws_region_name": None,
    }
    put(prefix, {"a/1.png": picture(1), "a/1.txt": b"a red square", "2.png": picture(2), "3.png": b"no"})
    before = await town.planned(entry)
    assert before["ingest"] == (Mark.EXACT, 4, 0)
    assert before["snapshot"][0] is Mark.UNKNOWN
    done = await town.snapshot(entry)
    assert done["ingest"]["counts"] == {"found": 4, "kept": 4}
    assert done["snapshot"]["counts"]["kept"] == 2
    assert done["snapshot"]["counts"]["failed.not_an_image"] == 1
    put(prefix, {"2.png": picture(3)})
    after = await town.planned(entry)
    assert after["ingest"] == (Mark.EXACT, 1, 3)
    assert not [path for path in town.folder.rglob("*") if path.is_file() and _has_key(path, town)]


def _has_key(path: Path, town: Town) -> bool:
    kept = (town.folder / "secrets", town.folder / "recipe.yaml")
    return not any(path.is_relative_to(own) for own in kept) and SECRET_KEY.encode() in path.read_bytes()


async def test_an_archive_becomes_a_snapshot_and_what_is_hostile_in_it_is_told(town: Town) -> None:
    with zipfile.ZipFile(town.folder / "pictures.zip", "w") as archive:
        for number in range(40):
            archive.writestr(f"{number}.png", picture(number))
        archive.writestr("../../out.png", picture(41))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("39.png", picture(42))
    done = await town.snapshot({"instance_data_dir": "pictures.zip", "caption_strategy": "filename"})
    assert done["ingest"]["counts"] == {
        "found": 42,
        "kept": 40,
        "failed.duplicate_name": 1,
        "failed.unsafe_name": 1,
    }
    counts = done["snapshot"]["counts"]
    assert (counts["kept"], counts["failed.unsafe_name"]) == (40, 1)
    assert not list(town.folder.rglob("out.png"))
    await kohya_folders_of_the_server_become_entries(town)


async def kohya_folders_of_the_server_become_entries(town: Town) -> None:
    for name in ("10_zobkin cat", "3_dog"):
        folder = town.folder / "disk" / "set" / "img" / name
        folder.mkdir(parents=True)
        (folder / "a.png").write_bytes(picture(len(name)))
    done = await town.snapshot({"instance_data_dir": f"server:{town.folder / 'disk' / 'set'}"})
    assert sorted(done["ingest"]["listings"]) == ["pics-dog", "pics-zobkin-cat"]
    entries = done["snapshot"]["entries"]
    assert {own: float(entry["repeats"]) for own, entry in entries.items()} == {
        "pics-dog": 2,
        "pics-zobkin-cat": 9,
    }
    assert done["snapshot"]["counts"]["captions"] == 2
