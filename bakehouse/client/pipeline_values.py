"""Pipelines as the client gives them: frozen values of plain types, like those of `values.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bakehouse.client.values import JobError, JobProgress, JobState
from bakehouse.digest import Digest


class PipelineState(StrEnum):
    """Where a pipeline is. The last three are final."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether nothing can follow."""
        return self in {PipelineState.SUCCEEDED, PipelineState.FAILED, PipelineState.CANCELLED}


class PipelineMode(StrEnum):
    """Bake a recipe, or say what baking it would compute."""

    BAKE = "BAKE"
    PLAN = "PLAN"


class Mark(StrEnum):
    """How sure a planned number is."""

    EXACT = "EXACT"
    AT_MOST = "AT_MOST"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A step of a pipeline. `state` and `progress` are None while its job was not started."""

    name: str
    job: str
    state: JobState | None
    progress: JobProgress | None
    error: JobError | None
    create_time: datetime | None
    end_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterExport:
    """An adapter as it was after an epoch and a step, which count from 1."""

    epoch: int
    step: int
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSample:
    """A picture drawn while training, a PNG. Epoch and step 0 are before it."""

    epoch: int
    step: int
    prompt: str
    seed: int
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A picture that is not used (or has a caption file that can't be read): its file, and why.

    `reason` is the word that `counts` has, `detail` a sentence.
    """

    dataset: str
    name: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageManifest:
    """The manifest that a stage gave: its blob, the digest of what it says, numbers by reason.

    `set_aside` names the first few pictures that are not used.
    """

    stage: str
    blob: Digest
    content: str
    counts: Mapping[str, int]
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStage:
    """What baking would compute in a stage. `reason` says why the number is not exact."""

    stage: str
    planned_items: int
    hit_items: int
    mark: Mark
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineResult:
    """What came out so far. Digests name blobs of the pipeline's project; None where there is none yet.

    `seed` is None until training is over. Of a pipeline that only plans there is `planned` alone. `found` is
    what the studio found of sources that it reads itself, as sentences.
    """

    adapter: Digest | None
    adapters: tuple[AdapterExport, ...]
    losses: Digest | None
    samples: tuple[TrainingSample, ...]
    metadata: Mapping[str, Any]
    seed: int | None
    manifests: tuple[StageManifest, ...]
    base_model: Digest | None
    planned: tuple[PlannedStage, ...]
    found: tuple[str, ...] = ()

    def manifest(self, stage: str) -> StageManifest | None:
        """The manifest of a stage; None where it gave none, or not yet."""
        return next((manifest for manifest in self.manifests if manifest.stage == stage), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineError:
    """Why a pipeline failed, and in which stage; `stage` is empty where none is to blame."""

    stage: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline as it was when it was read. A list gives neither recipe nor result: there they are None."""

    name: str
    mode: PipelineMode
    fresh: str
    state: PipelineState
    stages: tuple[Stage, ...]
    recipe: Mapping[str, Any] | None
    result: PipelineResult | None
    error: PipelineError | None
    is_stopping: bool
    create_time: datetime
    end_time: datetime | None
    etag: str

    @property
    def id(self) -> str:
        """The last segment of its name."""
        return self.name.rpartition("/")[2]

    @property
    def project(self) -> str:
        """The id of its project."""
        return self.name.split("/")[1]

    def stage(self, name: str) -> Stage | None:
        """The stage of this name; None where the recipe has none."""
        return next((stage for stage in self.stages if stage.name == name), None)
