"""What becomes of one listed file: its rows of the tables `samples`, `buckets` and `captions`. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bakehouse.errors import InvalidInputError
from bakehouse.manifest.identity import SampleId, sample_id
from bakehouse.manifest.schema import EXCLUDED, FAILED, KEPT
from services.dataset.domain.bucketing import Placement, Plan, plan_sizes
from services.dataset.domain.captions import captions_of, decode_text
from services.dataset.domain.draws import Draws
from services.dataset.domain.entry import EntrySpec
from services.dataset.domain.listing import ListedImage
from services.dataset.domain.probe import NoPicture, Picture, Probe
from services.dataset.domain.rules import CropStyle, Rules, Size
from services.dataset.domain.sizes import sizes_of

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """The bytes of the text file beside a picture, None where none is wanted or there, or what is wrong."""

    data: bytes | None = None
    problem: str | None = None


NO_TEXT = TextFile()
MAX_TEXT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The rows of one sample, by table."""

    rows: Mapping[str, list[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A listed file, what probing it gave, and the text file beside it."""

    image: ListedImage
    probe: Probe
    text: TextFile


def make_samples(entry: EntrySpec, rules: Rules, files: Sequence[Found], *, seed: int) -> Iterator[Sample]:
    """The rows of listed files, planned at once. What is left out has its reason, and no row elsewhere."""
    ids = [sample_id(entry.id, file.image.file.name) for file in files]
    pictures = {
        own: file.probe for own, file in zip(ids, files, strict=True) if isinstance(file.probe, Picture)
    }
    plan = _planned(rules, [*pictures.values()], Draws(seed=seed, sample_ids=[*pictures]))
    placements = dict(zip(pictures, plan, strict=True))
    for own, file in zip(ids, files, strict=True):
        row = _sample_row(entry, own, file.image, file.probe)
        placed = placements.get(own)
        if isinstance(file.probe, NoPicture):
            yield _left_out(row, FAILED, file.probe.reason, file.probe.detail)
        elif isinstance(placed, Placement):
            captions = _caption_rows(entry, own, file.image.file.name, file.text)
            kept = {**row, "state": KEPT, "reason": None, "detail": None}
            yield Sample(
                rows={"samples": [kept], "buckets": [_bucket_row(own, placed)], "captions": captions}
            )
        elif placed is not None:
            yield _left_out(row, EXCLUDED, placed.reason, placed.detail)


def _planned(rules: Rules, pictures: Sequence[Picture], draws: Draws) -> Plan:
    faces = None
    if rules.crop_style is CropStyle.FACE:
        nowhere = (np.nan, np.nan)
        middles = [picture.face.middle if picture.face else nowhere for picture in pictures]
        faces = np.array(middles, dtype=np.float64).reshape(-1, 2)
    sizes = sizes_of(Size(width=picture.width, height=picture.height) for picture in pictures)
    return plan_sizes(sizes, rules, draws, faces)


def _sample_row(entry: EntrySpec, own: SampleId, image: ListedImage, probe: Probe) -> Row:
    row: Row = {
        "sample_id": own,
        "entry": entry.id,
        "name": image.file.name,
        "part": 0,
        "digest": image.file.digest,
        "size_bytes": image.file.size_bytes,
        "prior": entry.is_regularisation_data,
        **dict.fromkeys(("media_type", "format", "width", "height")),
        "renditions": [],
    }
    if isinstance(probe, Picture):
        size = {"width": probe.width, "height": probe.height}
        renditions = [{"digest": probe.rendition, **size}] if probe.rendition else []
        row |= {"media_type": probe.media_type, "format": probe.format, **size, "renditions": renditions}
    return row


def _left_out(row: Row, state: str, reason: str, detail: str) -> Sample:
    out = {**row, "state": state, "reason": reason, "detail": detail}
    return Sample(rows={"samples": [out], "buckets": [], "captions": []})


def _bucket_row(own: SampleId, placed: Placement) -> Row:
    return {
        "sample_id": own,
        "draw": 0,
        "state": KEPT,
        "reason": None,
        "bucket_width": placed.bucket.width,
        "bucket_height": placed.bucket.height,
        "resize_width": placed.resized.width,
        "resize_height": placed.resized.height,
        "crop_x": placed.left,
        "crop_y": placed.top,
        "crop_by": str(placed.crop_by),
        "flip": False,
    }


def _caption_rows(entry: EntrySpec, own: SampleId, name: str, text: TextFile) -> list[Row]:
    source = "instanceprompt" if entry.only_instance_prompt else entry.caption_strategy
    row: Row = {"sample_id": own, "variant": 0, "text": None, "source": source, "state": KEPT, "reason": None}
    try:
        content = None if text.data is None else decode_text(text.data)
        problem = text.problem
    except InvalidInputError:
        content, problem = None, "not_utf8"
    if problem:
        return [{**row, "state": FAILED, "reason": problem}]
    found = captions_of(entry, name, content)
    return [{**row, "variant": number, "text": caption} for number, caption in enumerate(found)]
