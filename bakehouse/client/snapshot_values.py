"""What is in a snapshot, as the client gives it: frozen values of plain types."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bakehouse.digest import Digest


class SampleState(StrEnum):
    """Whether a sample is used."""

    KEPT = "kept"
    EXCLUDED = "excluded"
    FAILED = "failed"


class ChangeKind(StrEnum):
    """What changed of a sample."""

    ADDED = "added"
    REMOVED = "removed"
    EDITED = "edited"
    RENAMED = "renamed"
    JUDGED = "judged"
    RECAPTIONED = "recaptioned"
    REBUCKETED = "rebucketed"
    RECUT = "recut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """The picture is resized to `resize_*` pixels, then `width` x `height` are cut out at `x`, `y`."""

    draw: int
    width: int
    height: int
    resize_width: int
    resize_height: int
    x: int
    y: int
    crop_by: str

    @property
    def bucket(self) -> str:
        """`512x768`."""
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """One of a sample's captions. One that failed has no text, but a `reason`."""

    variant: int
    text: str
    source: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One picture of a dataset. `digest` is that of its file, `picture` of what is trained on.

    Both are None where the file could not be had or is no picture; `width` and `height` are 0 then. `more`
    are the columns that have no field of their own; only `story` gives them. `duplicate_of` is a sample's id.
    """

    sample_id: str
    dataset: str
    file: str
    part: int
    state: SampleState
    reason: str
    detail: str
    digest: Digest | None
    size_bytes: int
    media_type: str
    format: str
    width: int
    height: int
    picture: Digest | None
    prior: bool
    uri: str
    crops: tuple[Crop, ...]
    captions: tuple[Caption, ...]
    thumbnail: Digest | None
    duplicate_of: str
    more: Mapping[str, Any]

    @property
    def is_kept(self) -> bool:
        """Whether it is used."""
        return self.state is SampleState.KEPT

    @property
    def texts(self) -> tuple[str, ...]:
        """What is said of it, in order."""
        return tuple(caption.text for caption in self.captions if caption.state == SampleState.KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetCounts:
    """Of one dataset: samples by `kept`, `excluded.REASON`, `failed.REASON`; captions of the kept ones."""

    dataset: str
    counts: Mapping[str, int]
    captions: int
    uncaptioned: int

    @property
    def num_kept(self) -> int:
        """How many are used."""
        return self.counts.get(SampleState.KEPT, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketCounts:
    """Of one bucket of a dataset: crops, those of pictures that grow, and that grow by more than half."""

    dataset: str
    width: int
    height: int
    crops: int
    upscaled: int
    heavily_upscaled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotSummary:
    """A snapshot in numbers."""

    datasets: tuple[DatasetCounts, ...]
    buckets: tuple[BucketCounts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleChange:
    """What changed of a sample. `before` is None for one that is new, `after` for one that is gone."""

    sample_id: str
    kinds: tuple[ChangeKind, ...]
    before: Sample | None
    after: Sample | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageNode:
    """A manifest: what it says (`content`), where it is (`manifest`), and the jobs that made it."""

    content: str
    manifest: Digest
    stage: str
    parents: tuple[str, ...]
    rows: Mapping[str, int]
    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A training run, by name, and the names of its adapters."""

    training_run: str
    adapters: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLineage:
    """Where a snapshot comes from, itself first, and what was made of it."""

    ancestors: tuple[LineageNode, ...]
    descendants: tuple[LineageNode, ...]
    trained: tuple[Trained, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRows:
    """What a later stage's table says of a sample."""

    stage: str
    manifest: Digest
    table: str
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStory:
    """All that is known of a sample. `same_bytes` are samples of the very same file.

    `entry` is what training is told of its dataset: `repeats`, `prior` ...
    """

    sample: Sample
    stages: tuple[StageRows, ...]
    same_bytes: tuple[str, ...]
    entry: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRef:
    """A name for a snapshot, by the snapshot's own name. A pinned one neither moves nor goes."""

    name: str
    snapshot: str
    pinned: bool
    create_time: datetime
    update_time: datetime
    etag: str

    @property
    def id(self) -> str:
        """The last segment of its name."""
        return self.name.rpartition("/")[2]
