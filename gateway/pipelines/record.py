"""What the registry keeps of a pipeline. Its jobs have records of their own, with ids made of its. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError, StateError
from bakehouse.registry.records import Resource
from bakehouse.registry.revisions import ResourceRef
from bakehouse.rpc.names import PIPELINES, ResourceName
from gateway.pipelines.steps import CHECKING, PLANNING, STAGES, Mode, stage_of_slot

PIPELINE_KIND = "pipeline"
MAX_PIPELINE_ID = 48  # a job's id is its pipeline's with "-captions-plan" behind it, and 63 are the most

_STAGE_NAMES = frozenset(stage.name for stage in STAGES)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A state that the pipeline entered, and when (ISO 8601, UTC)."""

    state: PipelineState
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDataset:
    """A dataset that the recipe has. `listing` is None where the studio itself looks what there is."""

    id: str
    listing: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineError:
    """Why a pipeline failed. `stage` is empty where none is to blame."""

    stage: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineBody:
    """What is kept. `recipe` is the blob with it; `num_announced` of `entered` are in the event stream."""

    recipe: Digest
    mode: Mode
    fresh: str
    stages: tuple[str, ...]
    datasets: tuple[NamedDataset, ...]
    entered: tuple[Entered, ...]
    num_announced: int = 0
    stop_requested: bool = False
    error: PipelineError | None = None

    @property
    def state(self) -> PipelineState:
        """Where it is."""
        return self.entered[-1].state

    @property
    def is_settled(self) -> bool:
        """Whether it is over, and everybody was told."""
        return self.state.is_final and self.num_announced == len(self.entered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """One revision of a pipeline."""

    resource: Resource
    body: PipelineBody

    @property
    def name(self) -> ResourceName:
        """Its name in the API."""
        return pipeline_name(self.resource.project, self.resource.id)

    @property
    def slots(self) -> tuple[str, ...]:
        """What its jobs may be called."""
        return slots_of(self.body.stages, self.body.mode)

    def job_id(self, slot: str) -> str:
        """The id of one of its jobs."""
        return job_id(self.resource.id, slot)

    def request_of(self, slot: str) -> str:
        """What identifies the asking for one of its jobs: no other job has it."""
        return request_of(self.resource.id, slot)


_BODY = TypeAdapter(PipelineBody)
_CHEAP = frozenset(stage.name for stage in STAGES if stage.is_cheap)
_CHECKED = frozenset(stage.name for stage in STAGES if stage.check)


def pipeline_ref(project: str, pipeline: str) -> ResourceRef:
    """The address of a pipeline."""
    return ResourceRef(project=project, kind=PIPELINE_KIND, id=pipeline)


def pipeline_name(project: str, pipeline: str) -> ResourceName:
    """The name of a pipeline in the API."""
    return ResourceName(project=project, collection=PIPELINES, id=pipeline)


def slots_of(stages: Iterable[str], mode: Mode) -> tuple[str, ...]:
    """What the jobs of a pipeline of these stages may be called."""
    names = tuple(stages)
    checks = [name + CHECKING for name in names if name in _CHECKED]
    cheap = _CHEAP - {"snapshot"} if "survey" in names else _CHEAP  # which then is planned first, too
    plans = [name + PLANNING for name in names if mode is Mode.PLAN and name not in cheap]
    return (*names, *checks, *plans)


def job_id(pipeline: str, slot: str) -> str:
    """The id of a pipeline's job."""
    return f"{pipeline}-{slot}"


def request_of(pipeline: str, slot: str) -> str:
    """What identifies the asking for a pipeline's job."""
    return f"pipeline/{pipeline}/{slot}"


def pipeline_of_job(job: str, request: str) -> str:
    """The id of the pipeline that asked for a job; empty where none did."""
    pipeline, _, stage = stage_of_slot(job).rpartition("-")
    slot = job[len(pipeline) + 1 :]
    is_ours = stage in _STAGE_NAMES and request == request_of(pipeline, slot)
    return pipeline if is_ours else ""


def encode_body(body: PipelineBody) -> dict[str, Json]:
    """What the registry stores."""
    fields: dict[str, Json] = _BODY.dump_python(body, mode="json")
    return fields


def decode_pipeline(resource: Resource) -> Pipeline:
    """A pipeline from its record.

    Raises:
        CorruptionError: it is none.
    """
    try:
        return Pipeline(resource=resource, body=_BODY.validate_python(dict(resource.body)))
    except ValidationError as error:
        raise CorruptionError(
            f"the record of pipeline {resource.id} is damaged; restore it from a backup"
        ) from error


def entered(body: PipelineBody, state: PipelineState, *, time: str) -> PipelineBody:
    """The body in its next state: forwards only, and nowhere from a final one.

    Raises:
        StateError: `state` can't follow.
    """
    if body.state.is_final or (state is PipelineState.QUEUED) or state is body.state:
        raise StateError(f"a pipeline that is {body.state} can't become {state}")
    return replace(body, entered=(*body.entered, Entered(state=state, time=time)))
