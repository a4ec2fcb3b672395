"""The crops of a snapshot with the keys of their latents: for planning and for finalising alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bakehouse.base_model import BaseModel
from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.keys import KeyFormat
from bakehouse.manifest.header import Manifest
from bakehouse.manifest.identity import SampleId
from bakehouse.manifest.join import join_tables
from bakehouse.manifest.pictures import PICTURE_COLUMNS, picture_digest
from bakehouse.manifest.schema import KEPT
from services.encoder.domain.crop import FILTER, LATENT_REVISION, Crop
from services.encoder.specs import LatentsSpec

KIND = "latent"

_BUCKET = ("bucket_width", "bucket_height", "resize_width", "resize_height", "crop_x", "crop_y", "flip")
_COLUMNS = {"buckets": ("state", *_BUCKET), "samples": ("state", *PICTURE_COLUMNS)}
_KEY_COLUMNS = ("picture", *_BUCKET)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCrop:
    """A crop and the row of the buckets table that asks for it."""

    sample_id: SampleId
    draw: int
    crop: Crop


def read_crops(blobs: Blobs, snapshot: Manifest, model: BaseModel, spec: LatentsSpec) -> Iterator[PlacedCrop]:
    """The crops of all kept samples in the order of the buckets table, a part of it at a time.

    Raises:
        InvalidInputError: the model can't take one's size.
        NotFoundError, CorruptionError: a part is not there, or damaged.
    """
    constants = {"filter": FILTER, "vae": model.components["vae"], "dtype": spec.dtype}
    keys = KeyFormat(KIND, LATENT_REVISION, constants=constants, columns=_KEY_COLUMNS)
    tables = {name: snapshot.tables[name] for name in _COLUMNS}
    sizes: set[tuple[int, int]] = set()
    for batch in join_tables(blobs, tables, columns=_COLUMNS):
        rows = [row for row in batch.to_pylist() if _is_kept(row)]
        columns: dict[str, list[Any]] = {name: [row[f"buckets.{name}"] for row in rows] for name in _BUCKET}
        columns["flip"] = [bool(flip) for flip in columns["flip"]]
        columns["picture"] = [_picture(row) for row in rows]
        found = set(zip(columns["bucket_width"], columns["bucket_height"], strict=True))
        for width, height in sorted(found - sizes):
            model.check_size(width, height)
        sizes |= found
        for number, (row, key) in enumerate(zip(rows, keys.keys(columns), strict=True)):
            yield PlacedCrop(
                sample_id=SampleId(row["sample_id"]),
                draw=row["draw"],
                crop=Crop(
                    key=key,
                    picture=columns["picture"][number],
                    resize_width=columns["resize_width"][number],
                    resize_height=columns["resize_height"][number],
                    x=columns["crop_x"][number],
                    y=columns["crop_y"][number],
                    width=columns["bucket_width"][number],
                    height=columns["bucket_height"][number],
                    flip=columns["flip"][number],
                ),
            )


def _is_kept(row: Mapping[str, Any]) -> bool:
    return row["samples.state"] == KEPT and row["buckets.state"] in {KEPT, None}


def _picture(row: Mapping[str, Any]) -> str:
    return picture_digest({name: row[f"samples.{name}"] for name in PICTURE_COLUMNS})
