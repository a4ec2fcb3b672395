"""What a service gives the engine: how to plan and finalise a job, and how to compute a unit of it.

The first half runs in `serve` and is light; the second runs in a worker's child and may load a model.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jobs.failures import ItemFailure
from bakehouse.jobs.plan import PlanHeader, PlanWriter
from bakehouse.jobs.results import UnitResult
from bakehouse.jobs.sizing import Sizing


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What a job asks for. `inputs` are digests of manifests, by the name the kind gives them."""

    kind: str
    spec: Json
    inputs: Mapping[str, Digest]
    blobs: Blobs
    sizing: Sizing
    scratch: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """What a planner says at its end."""

    num_hits: int = 0
    context: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinaliseRequest:
    """A job all of whose units have an accepted result. `results` come in the order of the units."""

    kind: str
    spec: Json
    inputs: Mapping[str, Digest]
    blobs: Blobs
    plan: PlanHeader
    results: Iterator[UnitResult]
    scratch: Path


class Stage(Protocol):
    """Plans and finalises jobs of a service. Called in a thread; both may be called again after a crash."""

    def plan(self, request: PlanRequest, plan: PlanWriter) -> PlanSummary:
        """Resolve what has to be computed and add it to `plan` unit by unit, in flat memory.

        Raises:
            InvalidInputError, NotFoundError, StateError: the job can't work; it fails with this message.
        """
        ...

    def finalise(self, request: FinaliseRequest) -> Json:
        """Make the job's result, a function of the request alone: twice gives the same.

        Raises:
            BakehouseError: as above.
        """
        ...


Tell = Callable[[str, str, Mapping[str, Json]], None]


def tell_nobody(_type: str, _id: str, _data: Mapping[str, Json]) -> None:
    """What a unit is given that nobody listens to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRequest:
    """One unit as the plan has it.

    `plan` and `unit` name it for ever: what it keeps for its next attempt goes below them. `inputs` are those
    of the job that it is computed for; what of them changes the result, `payload` has to say as well.
    `tell(type, id, data)` publishes an event of the job (`progress` at most once a second, so it may be
    called at each step), and is a sign of life: a piece that gives none for long is killed. The same id again
    within two minutes is the same event; whoever watches may see it twice after that.
    `reads_ahead`: items may be read before `run` is called for them; not once one has killed a child, which
    is found by the piece at which the child died.
    """

    kind: str
    spec: Json
    blobs: Blobs
    payload: bytes
    job: str
    plan: Digest
    unit: int
    inputs: Mapping[str, Digest] = field(default_factory=dict)
    tell: Tell = tell_nobody
    reads_ahead: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitOutputs:
    """What a unit gives: `outputs` for the finaliser, and every blob that they refer to.

    `is_cut_short`: somebody wanted no more of it; whoever asks for the same again wants all.
    """

    outputs: Json
    blobs: Sequence[Digest] = ()
    is_cut_short: bool = False


class UnitWork(Protocol):
    """A unit being computed. It keeps what its items give until `close`."""

    @property
    def batches(self) -> Sequence[Sequence[str]]:
        """The ids of its items, in the batches that the plan fixed."""
        ...

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        """Compute a batch, or a part of one. Called again for the same items after it raised.

        Items at fault may be returned as failures, or raised for: then they are run one by one.

        Raises:
            UnavailableError: a dependency is down; the unit is tried again when it is back.
            MemoryError: too much at once; the unit is started again with smaller batches.
            ConfigError: no item is to blame; the job fails.
        """
        ...

    def close(self) -> UnitOutputs:
        """Write what the items gave (those that did not fail) and say where it is."""
        ...


class Runner(Protocol):
    """Computes units in a worker's child, one after another; what it loaded for one serves the next."""

    def open(self, request: UnitRequest) -> UnitWork:
        """Begin a unit."""
        ...
