"""Pictures of a snapshot made for other tools, as a job."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from bakehouse.digest import Digest
from bakehouse.jobs.record import JobState
from tests.bakehouse.manifest.small_snapshot import Shot, write_snapshot
from tests.service_kitchen import ServiceKitchen

SQUARE = {"pad": "square", "background": "#000000"}


def png(size: tuple[int, int]) -> bytes:
    data = BytesIO()
    Image.new("RGB", size, (1, 2, 3)).save(data, "PNG")
    return data.getvalue()


async def test_each_kept_picture_is_made_once(dataset: ServiceKitchen, tmp_path: Path) -> None:
    wide, tall = png((40, 20)), png((10, 30))
    shots = (
        Shot(name="a.png", data=wide),
        Shot(name="b.png", data=wide),
        Shot(name="c.png", data=tall),
        Shot(name="d.png", data=b"gone", reason="too_small"),
    )
    for shot in shots[:3]:
        dataset.blobs.put(shot.data)
    inputs = {"snapshot": write_snapshot(dataset.blobs, tmp_path, *shots).blob}
    async with dataset.open_for_business():
        first = await dataset.bake("render", SQUARE, inputs)
        again = await dataset.bake("render", SQUARE, inputs)
        other = await dataset.bake("render", {"pad": "none"}, inputs)
    assert (first.num_items, again.num_items, other.num_items) == (2, 0, 2)
    result: Any = first.result
    assert result["counts"] == {"pictures": 3, "failed": 0}
    assert again.result == first.result
    rows = map(json.loads, dataset.blobs.get(result["pictures"]).splitlines())
    made = {row["sample_id"]: Digest(row["digest"]) for row in rows}
    sizes = [Image.open(BytesIO(dataset.blobs.get(made[shot.sample_id.hex()]))).size for shot in shots[:3]]
    assert sizes == [(40, 40), (40, 40), (30, 30)]


async def test_without_a_snapshot_nothing_is_made(dataset: ServiceKitchen) -> None:
    async with dataset.open_for_business():
        job = await dataset.bake("render", SQUARE)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert "inputs: no snapshot" in job.error.message
