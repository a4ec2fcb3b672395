"""A story from a real store: manifests written as the stages write them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import Json
from bakehouse.client.convert_pipelines import pipeline_of
from bakehouse.client.pipeline_values import Pipeline, StageManifest, TrainingSample
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import StateError
from bakehouse.manifest.header import Manifest
from bakehouse.manifest.identity import sample_id
from bakehouse.manifest.schema import TABLES, row_batches
from bakehouse.manifest.store import save_manifest
from bakehouse.manifest.table import TableRef
from bakehouse.manifest.writing import TableWriter
from demo.report.gathering import gather
from tests.bakehouse.client.simmering import done, running

KEPT, BROKEN = sample_id("concept", "a.png"), sample_id("concept", "b.png")
COPY = sample_id("prior", "c.png")


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return Blobs(store, "demo")


def png(size: tuple[int, int]) -> bytes:
    data = BytesIO()
    Image.new("RGB", size, (1, 2, 3)).save(data, "PNG")
    return data.getvalue()


def sample_row(own: bytes, name: str, source: Digest, **fate: Json) -> Mapping[str, object]:
    row = {"sample_id": own, "entry": "concept", "name": name, "digest": source, "format": "PNG"}
    unless_told = {"prior": False, "reason": None, "detail": None}
    return {
        **row,
        **unless_told,
        "media_type": "image/png",
        "width": 100,
        "height": 50,
        "renditions": [],
        **fate,
    }


def write(
    blobs: Blobs, scratch: Path, stage: str, tables: dict[str, list[Mapping[str, object]]]
) -> StageManifest:
    writer = TableWriter(blobs, scratch=scratch)
    refs: dict[str, TableRef] = {
        name: writer.write(TABLES[name], row_batches(TABLES[name], rows)) for name, rows in tables.items()
    }
    ref = save_manifest(
        blobs, Manifest(stage=stage, revision=1, spec=digest_bytes(stage.encode()), tables=refs)
    )
    return StageManifest(stage=stage, blob=ref.blob, content=ref.content, counts={})


@pytest.fixture
def pipeline(blobs: Blobs, tmp_path: Path) -> Pipeline:
    source, broken = blobs.put(png((100, 50))), blobs.put(b"no picture")
    samples = [
        sample_row(KEPT, "a.png", source, state="kept"),
        sample_row(BROKEN, "b.png", broken, state="failed", reason="broken", detail="cut off"),
        sample_row(COPY, "c.png", source, state="kept", entry="prior", prior=True),
    ]
    cut = {"draw": 0, "bucket_width": 64, "bucket_height": 64, "resize_width": 128, "resize_height": 64}
    caption = {
        "sample_id": KEPT,
        "variant": 0,
        "text": "zobkin, red",
        "tags": [{"name": "red", "score": 0.5}],
    }
    snapshot = write(
        blobs,
        tmp_path,
        "snapshot",
        {
            "samples": sorted(samples, key=lambda row: bytes(row["sample_id"])),  # type: ignore[call-overload]  # bytes
            "buckets": [{**cut, "sample_id": own, "crop_x": 32, "crop_y": 0} for own in sorted((KEPT, COPY))],
        },
    )
    captions = write(blobs, tmp_path, "captions", {"captions": [caption]})
    finished = pipeline_of(done())
    assert finished.result is not None
    loss = {"step": 1, "epoch": 1, "loss": 0.5, "lr": 0.001}
    sample = TrainingSample(epoch=0, step=0, prompt="a", seed=3, digest=blobs.put(png((64, 64))))
    result = replace(
        finished.result,
        adapter=blobs.put(b"adapter"),
        losses=blobs.put(json.dumps(loss).encode() + b"\n"),
        samples=(sample,),
        manifests=(snapshot, captions),
        metadata={"ss_seed": "42"},
    )
    start = datetime(2026, 1, 2, tzinfo=UTC)
    return replace(finished, result=result, create_time=start, end_time=start.replace(minute=1))


def test_a_story_has_all_that_a_pipeline_gave(pipeline: Pipeline, blobs: Blobs) -> None:
    story = gather(pipeline, blobs, title="A demo", lead="It learns.")
    assert (story.title, story.lead) == ("A demo", "It learns.")
    (used, _), (aside,) = story.used, story.set_aside
    assert (used.name, used.size, used.bucket, used.caption) == ("a.png", (100, 50), (64, 64), "zobkin, red")
    assert (used.cut.left, used.cut.top, used.cut.width, used.cut.height) == (0.25, 0.0, 0.5, 1.0)
    assert used.tags == [("red", 0.5)]
    assert (aside.name, aside.reason, aside.detail, aside.picture) == ("b.png", "broken", "cut off", "")
    assert [(point.step, point.loss) for point in story.losses] == [(1, 0.5)]
    assert [(sample.prompt, sample.seed, sample.picture.size) for sample in story.samples] == [
        ("a", 3, (64, 64))
    ]
    assert (story.adapter_name, story.adapter_bytes, story.seed) == ("zob_kin.safetensors", 7, 42)
    assert (story.total_s, [stage.name for stage in story.stages]) == (60.0, ["captions", "train"])


def test_a_copy_knows_what_it_is_a_copy_of(pipeline: Pipeline, blobs: Blobs) -> None:
    first, copy = gather(pipeline, blobs, title="x").used
    assert (first.same_as, first.is_prior) == ("", False)
    assert (copy.same_as, copy.is_prior, copy.entry) == ("concept/a.png", True, "prior")


def test_without_a_tagger_the_captions_are_the_snapshots(
    pipeline: Pipeline, blobs: Blobs, tmp_path: Path
) -> None:
    assert pipeline.result is not None
    own = {"sample_id": KEPT, "variant": 0, "text": "own", "tags": None}
    only = write(blobs, tmp_path, "snapshot", {"samples": [], "buckets": [], "captions": [own]})
    result = replace(pipeline.result, manifests=(only,))
    assert gather(replace(pipeline, result=result), blobs, title="x").used == []


def test_before_its_end_there_is_nothing_to_tell(blobs: Blobs) -> None:
    with pytest.raises(StateError, match="nothing to report on"):
        gather(pipeline_of(running()), blobs, title="x")
