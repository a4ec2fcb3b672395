"""What pipelines have made, as the client gives it: frozen values of plain types."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bakehouse.client.pipeline_values import AdapterExport, SetAside
from bakehouse.client.values import JobProgress, JobState
from bakehouse.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """Something with a name in the API."""

    name: str

    @property
    def id(self) -> str:
        """The last segment of its name."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset(Artifact):
    """An entry of a recipe, by its id: the listing of its files, and the pipeline that named it last.

    `listing` is None where the studio itself looks what there is.
    """

    listing: Digest | None
    pipeline: str
    update_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(Artifact):
    """Which pictures there were, which are used, and how; `set_aside` names the first few that are not."""

    manifest: Digest
    counts: Mapping[str, int]
    set_aside: tuple[SetAside, ...]
    job: str
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel(Artifact):
    """A base model that was registered. `alignment` is in pixels; `components` are digests of tensors."""

    family: str
    layout: str
    listing: Digest
    alignment: int
    components: Mapping[str, Digest]
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun(Artifact):
    """A job that trains, with what came out. `losses` and `seed` are there when it is over.

    So are `adapters`, and those so far in the answer of `get`.
    """

    pipeline: str
    job: str
    state: JobState
    progress: JobProgress
    losses: Digest | None
    adapters: tuple[AdapterExport, ...]
    seed: int | None
    create_time: datetime
    end_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter(Artifact):
    """A file that can be loaded, as it was after an epoch and a step."""

    digest: Digest
    training_run: str
    epoch: int
    step: int
    is_last: bool
    create_time: datetime
