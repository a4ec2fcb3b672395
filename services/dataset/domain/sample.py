"""What becomes of one listed file: its rows of the tables `samples`, `buckets` and `captions`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.errors import InvalidInputError
from bakehouse.manifest.identity import SampleId, sample_id
from bakehouse.manifest.schema import EXCLUDED, FAILED, KEPT
from services.dataset.domain.bucketing import Exclusion, Placement, place
from services.dataset.domain.captions import captions_of, decode_text
from services.dataset.domain.draws import Draw
from services.dataset.domain.entry import EntrySpec
from services.dataset.domain.listing import ListedImage
from services.dataset.domain.probe import NoPicture, Picture, Probe
from services.dataset.domain.rules import Rules, Size

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


def make_sample(
    entry: EntrySpec, rules: Rules, *, seed: int, image: ListedImage, probe: Probe, text: TextFile
) -> Sample:
    """The rows of a listed file. One that is left out has its reason in `samples`, and no other row."""
    own = sample_id(entry.id, image.file.name)
    row = _sample_row(entry, own, image, probe)
    if isinstance(probe, NoPicture):
        return _left_out(row, FAILED, probe.reason, probe.detail)
    draw = Draw(seed=seed, sample_id=own)
    placed = place(Size(width=probe.width, height=probe.height), rules, draw)
    if isinstance(placed, Exclusion):
        return _left_out(row, EXCLUDED, placed.reason, placed.detail)
    kept = {**row, "state": KEPT, "reason": None, "detail": None}
    captions = _caption_rows(entry, own, image.file.name, text)
    return Sample(rows={"samples": [kept], "buckets": [_bucket_row(own, placed)], "captions": captions})


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
