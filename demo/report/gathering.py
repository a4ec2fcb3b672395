"""Gathers a report's story: from a pipeline that is over, and from the manifests of its stages."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError

from bakehouse.blobs.blobs import Blobs
from bakehouse.client.pipeline_values import Pipeline, PipelineResult, StageManifest
from bakehouse.client.pulling import adapter_name
from bakehouse.client.report.story import Cut, SetAside, UsedPicture
from bakehouse.digest import Digest
from bakehouse.errors import StateError
from bakehouse.manifest.header import Manifest, ManifestRef
from bakehouse.manifest.pictures import picture_digest
from bakehouse.manifest.reading import TableReader
from bakehouse.manifest.schema import KEPT
from bakehouse.manifest.store import load_manifest
from demo.report.images import data_url
from demo.report.story import LossPoint, SamplePicture, StageTime, Story

Row = Mapping[str, Any]


def gather(pipeline: Pipeline, blobs: Blobs, *, title: str, lead: str = "") -> Story:
    """The story of a pipeline that succeeded. `blobs` are those of its project.

    Raises:
        StateError: it has no adapter.
    """
    result = pipeline.result
    if result is None or result.adapter is None or result.losses is None or pipeline.end_time is None:
        raise StateError(
            f"{pipeline.name} is {pipeline.state} and has no adapter; there is nothing to report on"
        )
    snapshot = _manifest(blobs, result, "snapshot")
    captions = _manifest(blobs, result, "captions") or snapshot
    if snapshot is None or captions is None:
        raise StateError(f"{pipeline.name} has no snapshot; there is nothing to report on")
    samples = list(_rows(blobs, snapshot, "samples"))
    return Story(
        title=title,
        lead=lead,
        pipeline=pipeline.name,
        seed=result.seed or 0,
        total_s=(pipeline.end_time - pipeline.create_time).total_seconds(),
        adapter_name=f"{adapter_name(pipeline)}.safetensors",
        adapter_bytes=blobs.size_bytes(result.adapter),
        used=list(_used(blobs, samples, snapshot, captions)),
        set_aside=[_set_aside(blobs, row) for row in sorted(samples, key=_place) if row["state"] != KEPT],
        losses=_losses(blobs, result.losses),
        samples=_samples(blobs, result),
        stages=list(_stages(pipeline)),
        metadata={name: str(value) for name, value in result.metadata.items()},
    )


def _manifest(blobs: Blobs, result: PipelineResult, stage: str) -> Manifest | None:
    found: StageManifest | None = result.manifest(stage)
    if found is None:
        return None
    return load_manifest(blobs, ManifestRef(blob=found.blob, content=Digest(found.content)))


def _rows(blobs: Blobs, manifest: Manifest, table: str) -> Iterator[Row]:
    for batch in TableReader(blobs, manifest.tables[table]).batches():
        yield from batch.to_pylist()


def _used(blobs: Blobs, samples: list[Row], snapshot: Manifest, captions: Manifest) -> Iterator[UsedPicture]:
    cuts = {row["sample_id"]: row for row in _rows(blobs, snapshot, "buckets") if row["draw"] == 0}
    said: dict[bytes, list[Row]] = defaultdict(list)
    for row in _rows(blobs, captions, "captions"):
        said[row["sample_id"]].append(row)
    firsts: dict[str, str] = {}
    for row in sorted(samples, key=_place):
        cut = cuts.get(row["sample_id"])
        if row["state"] == KEPT and cut is not None:
            used = _used_picture(blobs, row, cut, said[row["sample_id"]])
            own = f"{used.entry}/{used.name}"
            first = firsts.setdefault(row["digest"], own)
            yield used if first == own else replace(used, same_as=first)


def _used_picture(blobs: Blobs, row: Row, cut: Row, captions: list[Row]) -> UsedPicture:
    caption = captions[0] if captions else {}
    width, height = cut["resize_width"], cut["resize_height"]
    return UsedPicture(
        name=row["name"],
        entry=row["entry"],
        format=str(row.get("format") or row["media_type"]),
        size=(row["width"], row["height"]),
        bucket=(cut["bucket_width"], cut["bucket_height"]),
        cut=Cut(
            left=cut["crop_x"] / width,
            top=cut["crop_y"] / height,
            width=cut["bucket_width"] / width,
            height=cut["bucket_height"] / height,
        ),
        caption=caption.get("text") or "",
        tags=[(tag["name"], tag["score"]) for tag in caption.get("tags") or ()],
        picture=data_url(_opened(blobs.get(picture_digest(row)))),
        is_prior=bool(row.get("prior")),
    )


def _place(row: Row) -> tuple[str, str]:
    return row["entry"], row["name"]


def _set_aside(blobs: Blobs, row: Row) -> SetAside:
    try:
        picture = data_url(_opened(blobs.get(Digest(row["digest"]))))
    except (UnidentifiedImageError, OSError, SyntaxError):
        picture = ""
    return SetAside(
        name=row["name"],
        entry=row["entry"],
        reason=row["reason"],
        detail=row.get("detail") or "",
        picture=picture,
    )


def _opened(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data)) as picture:
        return picture.convert("RGB")


def _losses(blobs: Blobs, digest: Digest) -> list[LossPoint]:
    lines = [json.loads(line) for line in blobs.get(digest).splitlines()]
    return [LossPoint(step=line["step"], epoch=line["epoch"], loss=float(line["loss"])) for line in lines]


def _samples(blobs: Blobs, result: PipelineResult) -> list[SamplePicture]:
    return [
        SamplePicture(
            epoch=sample.epoch,
            step=sample.step,
            prompt=sample.prompt,
            seed=sample.seed,
            picture=_opened(blobs.get(sample.digest)),
        )
        for sample in result.samples
    ]


def _stages(pipeline: Pipeline) -> Iterator[StageTime]:
    for stage in pipeline.stages:
        if stage.create_time is not None and stage.end_time is not None:
            progress = stage.progress
            yield StageTime(
                name=stage.name,
                start_s=(stage.create_time - pipeline.create_time).total_seconds(),
                end_s=(stage.end_time - pipeline.create_time).total_seconds(),
                num_items=progress.planned_items if progress else 0,
                num_hits=progress.hit_items if progress else 0,
            )
