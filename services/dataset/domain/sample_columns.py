"""Columns of the tables `samples`, `buckets` and `captions`, made of many pictures at a time. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from bakehouse.manifest.columns import Array
from bakehouse.manifest.identity import SAMPLE_ID_BYTES, SampleId
from bakehouse.manifest.schema import FAILED, KEPT, TABLES
from services.dataset.domain.bucketing import Plan
from services.dataset.domain.cuts import CROPS_BY
from services.dataset.domain.probe import Picture, Probe
from services.dataset.domain.sizes import BoolArray

Columns = Mapping[str, Array]

_ID = pa.binary(SAMPLE_ID_BYTES)
_TEXTS = ("format", "media_type", "mask", "thumbnail")
_NUMBERS = ("width", "height")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionRow:
    """A caption of a kept sample, the `variant`th of it, or why its text can't be read.

    `at` is the sample's place among those that are kept.
    """

    at: int
    variant: int
    text: str | None
    source: str
    reason: str | None = None


def picture_columns(probes: Sequence[Probe | None]) -> Columns:
    """What probing gave, null where that was no picture."""
    found = [probe if isinstance(probe, Picture) else None for probe in probes]
    types = TABLES["samples"].columns
    looks = [one if one and one.phash else None for one in found]
    trims = [one.trimmed if one else None for one in found]
    return {
        **{
            name: pa.array(
                [getattr(one, name) if one else None for one in found], types.get(name, pa.string())
            )
            for name in (*_TEXTS, *_NUMBERS)
        },
        "renditions": _renditions(found),
        "phash": pa.array([one.phash if one else None for one in looks], pa.string()),
        "dhash": pa.array([one.dhash if one else None for one in looks], pa.string()),
        "sharpness": pa.array([one.sharpness if one else None for one in looks], pa.float64()),
        "trim_x": pa.array([one.box.x if one else None for one in trims], pa.int32()),
        "trim_y": pa.array([one.box.y if one else None for one in trims], pa.int32()),
        "source_width": pa.array([one.width if one else None for one in trims], pa.int32()),
        "source_height": pa.array([one.height if one else None for one in trims], pa.int32()),
    }


def bucket_columns(ids: Sequence[SampleId], plan: Plan, is_kept: BoolArray) -> Columns:
    """Where the pictures of a plan that are kept, with these ids, are cut: a row each."""
    size = len(ids)
    numbers = {
        "bucket_width": plan.bucket.width,
        "bucket_height": plan.bucket.height,
        "resize_width": plan.resized.width,
        "resize_height": plan.resized.height,
        "crop_x": plan.left,
        "crop_y": plan.top,
    }
    names = pa.array([str(by) for by in CROPS_BY], pa.string())
    return {
        "sample_id": pa.array(ids, _ID),
        "draw": pa.array(np.zeros(size, dtype=np.int32)),
        "state": pa.array([KEPT] * size, pa.string()),
        "reason": pa.nulls(size, pa.string()),
        **{name: pa.array(values[is_kept].astype(np.int32)) for name, values in numbers.items()},
        "crop_by": names.take(pa.array(plan.crop_by[is_kept], pa.int8())),
        "flip": pa.array(np.zeros(size, dtype=np.bool_)),
    }


def caption_columns(ids: Sequence[SampleId], rows: Sequence[CaptionRow]) -> Columns:
    """Captions of the samples with these ids, and `at`: which of them."""
    return {
        "sample_id": pa.array([ids[row.at] for row in rows], _ID),
        "variant": pa.array([row.variant for row in rows], pa.int32()),
        "text": pa.array([row.text for row in rows], pa.string()),
        "source": pa.array([row.source for row in rows], pa.string()),
        "state": pa.array([FAILED if row.reason else KEPT for row in rows], pa.string()),
        "reason": pa.array([row.reason for row in rows], pa.string()),
        "at": pa.array([row.at for row in rows], pa.int64()),
    }


def moved(captions: pa.RecordBatch, places: int) -> pa.RecordBatch:
    """The same, `at` counted from the first sample of all."""
    at = pa.array(np.asarray(captions["at"]) + places, pa.int64())
    return captions.set_column(captions.schema.get_field_index("at"), "at", at)


def _renditions(found: Sequence[Picture | None]) -> Array:
    """Each picture's rendition, where it has one, in a list. A list each as Python has them is slow."""
    has = np.array([one is not None and one.rendition is not None for one in found], dtype=np.int32)
    own = [one for one in found if one and one.rendition]
    values = pa.StructArray.from_arrays(
        [
            pa.array([one.rendition for one in own], pa.string()),
            pa.array([one.height for one in own], pa.int32()),
            pa.array([one.width for one in own], pa.int32()),
        ],
        names=["digest", "height", "width"],
    )
    offsets = pa.array(np.concatenate([np.zeros(1, np.int32), np.cumsum(has, dtype=np.int32)]), pa.int32())
    lists: Array = pa.ListArray.from_arrays(offsets, values)
    return lists
