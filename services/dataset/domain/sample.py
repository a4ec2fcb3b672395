"""What becomes of listed files: their rows of the tables `samples`, `buckets` and `captions`. Pure.

Rows come as columns, many files at a time: a snapshot has a hundred thousand, and a value each is slow.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from bakehouse.dataset_config.entry import EntrySpec
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.identity import SampleId, sample_id
from bakehouse.manifest.schema import EXCLUDED, FAILED, KEPT
from services.dataset.domain.bucketing import Plan, plan_sizes
from services.dataset.domain.captions import CaptionRules, Said, decode_text
from services.dataset.domain.draws import Draws
from services.dataset.domain.exclusions import NONE, Exclusion
from services.dataset.domain.listing import ListedImage, MissingFile
from services.dataset.domain.probe import NoPicture, Picture, Probe
from services.dataset.domain.rules import CropStyle, Rules, Size
from services.dataset.domain.sample_columns import (
    CaptionRow,
    Columns,
    bucket_columns,
    caption_columns,
    picture_columns,
)
from services.dataset.domain.sizes import IntArray, Sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """The bytes of the text file beside a picture, None where none is wanted or there, or what is wrong."""

    data: bytes | None = None
    problem: str | None = None


NO_TEXT = TextFile()
MAX_TEXT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A picture of a listed file: what probing it gave, the text beside it, and what a table says of it."""

    image: ListedImage
    probe: Probe
    text: TextFile = NO_TEXT
    listed: Sequence[str] = ()
    declared: Size | None = None

    @property
    def is_misdeclared(self) -> bool:
        """Whether the picture has another size than the table says, upright or as the file has it."""
        if self.declared is None or not isinstance(self.probe, Picture) or self.probe.trimmed is not None:
            return False
        size = {self.probe.width, self.probe.height}
        return size != {self.declared.width, self.declared.height}


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRules:
    """How an entry's files become samples."""

    spec: EntrySpec
    rules: Rules
    captions: CaptionRules
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """Whether a sample is kept, and if not, why: a word to count by and a sentence for people."""

    state: str = KEPT
    reason: str | None = None
    detail: str | None = None


_KEPT = Fate()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The rows of some files, in their order.

    Args:
        samples: a row each.
        buckets: a row for each that is kept, in their order.
        captions: those of the kept ones; its column `at` is the place of the sample among these.
        said: a number for each kept one; the same for the same captions.
    """

    samples: pa.RecordBatch
    buckets: pa.RecordBatch
    captions: pa.RecordBatch
    said: IntArray

    @property
    def num_kept(self) -> int:
        """How many are kept."""
        return len(self.said)

    def reasons(self) -> Counter[str]:
        """How many are left out for each reason, `excluded.too_small` say."""
        rows = zip(self.samples["state"].to_pylist(), self.samples["reason"].to_pylist(), strict=True)
        return Counter(f"{state}.{reason}" for state, reason in rows if state != KEPT)


def make_rows(how: SampleRules, files: Sequence[Found | MissingFile]) -> Rows:
    """The rows of files, planned at once. What is left out has its reason, and no row elsewhere."""
    ids = [sample_id(how.spec.id, _name(file), _part(file)) for file in files]
    pictures = [file.probe if isinstance(file, Found) else None for file in files]
    places = np.array(
        [row for row, picture in enumerate(pictures) if isinstance(picture, Picture)], dtype=np.int64
    )
    plan = _planned(how, [ids[row] for row in places], [pictures[row] for row in places])
    fates = _fates(files, places, plan)
    is_kept = plan.codes == NONE
    kept = places[is_kept]
    captions = [_captions(how, files[row], at) for at, row in enumerate(kept.tolist())]
    kept_ids = [ids[row] for row in kept]
    return Rows(
        samples=pa.RecordBatch.from_pydict({**_sample_columns(how.spec, ids, files), **_fate_columns(fates)}),
        buckets=pa.RecordBatch.from_pydict(bucket_columns(kept_ids, plan, is_kept)),
        captions=pa.RecordBatch.from_pydict(
            caption_columns(kept_ids, [row for rows in captions for row in rows])
        ),
        said=np.array([hash(tuple(row.text for row in rows)) for rows in captions], dtype=np.int64),
    )


def _name(file: Found | MissingFile) -> str:
    return file.name if isinstance(file, MissingFile) else file.image.file.name


def _part(file: Found | MissingFile) -> int:
    return 0 if isinstance(file, MissingFile) else file.probe.part


def _planned(how: SampleRules, ids: Sequence[SampleId], pictures: Sequence[Probe | None]) -> Plan:
    found = [picture for picture in pictures if isinstance(picture, Picture)]
    faces = None
    if how.rules.crop_style is CropStyle.FACE:
        nowhere = (np.nan, np.nan)
        middles = [picture.face.middle if picture.face else nowhere for picture in found]
        faces = np.array(middles, dtype=np.float64).reshape(-1, 2)
    sizes = Sizes(
        width=np.array([picture.width for picture in found], dtype=np.int64),
        height=np.array([picture.height for picture in found], dtype=np.int64),
    )
    return plan_sizes(sizes, how.rules, Draws(seed=how.seed, sample_ids=ids), faces)


def _fates(files: Sequence[Found | MissingFile], places: IntArray, plan: Plan) -> list[Fate]:
    fates = [_failure(file) or _KEPT for file in files]
    for row in np.flatnonzero(plan.codes != NONE).tolist():
        out = plan.at(row)
        if isinstance(out, Exclusion):
            fates[places[row]] = Fate(state=EXCLUDED, reason=out.reason, detail=out.detail)
    return fates


def _failure(file: Found | MissingFile) -> Fate | None:
    if isinstance(file, MissingFile):
        return Fate(state=FAILED, reason=file.reason, detail=file.detail)
    if isinstance(file.probe, NoPicture):
        return Fate(state=FAILED, reason=file.probe.reason, detail=file.probe.detail)
    return None


def _sample_columns(
    spec: EntrySpec, ids: Sequence[SampleId], files: Sequence[Found | MissingFile]
) -> Columns:
    listed = [file.image.file if isinstance(file, Found) else None for file in files]
    uris = [file.uri if isinstance(file, MissingFile) else file.image.file.uri for file in files]
    return {
        "sample_id": pa.array(ids, pa.binary(16)),
        "entry": pa.array([spec.id] * len(files), pa.string()),
        "name": pa.array([_name(file) for file in files], pa.string()),
        "part": pa.array([_part(file) for file in files], pa.int32()),
        "digest": pa.array([file.digest if file else None for file in listed], pa.string()),
        "size_bytes": pa.array([file.size_bytes if file else None for file in listed], pa.int64()),
        "uri": pa.array([uri or None for uri in uris], pa.string()),
        "etag": pa.array([file.etag or None if file else None for file in listed], pa.string()),
        "prior": pa.array([spec.is_regularisation_data] * len(files), pa.bool_()),
        **picture_columns([file.probe if isinstance(file, Found) else None for file in files]),
    }


def _fate_columns(fates: Sequence[Fate]) -> Columns:
    return {
        "state": pa.array([fate.state for fate in fates], pa.string()),
        "reason": pa.array([fate.reason for fate in fates], pa.string()),
        "detail": pa.array([fate.detail for fate in fates], pa.string()),
    }


def _captions(how: SampleRules, file: Found | MissingFile, at: int) -> list[CaptionRow]:
    if isinstance(file, MissingFile):
        raise AssertionError("what could not be had is not kept")
    text, problem = _text(file.text)
    if problem:
        return [CaptionRow(at=at, variant=0, text=None, source=how.spec.caption_strategy, reason=problem)]
    found = how.captions.captions(Said(name=file.image.file.name, text=text, listed=file.listed))
    return [
        CaptionRow(at=at, variant=number, text=caption, source=found.source)
        for number, caption in enumerate(found.texts)
    ]


def _text(file: TextFile) -> tuple[str | None, str | None]:
    """The text, or the word for what is wrong with it."""
    try:
        return None if file.data is None else decode_text(file.data), file.problem
    except InvalidInputError:
        return None, "not_utf8"
