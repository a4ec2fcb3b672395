"""What the launcher tells the ranks, once, and what the ranks tell it: a line of JSON each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jobs.failures import FailureClass
from bakehouse.wire import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlan:
    """The one unit of a run as it was planned. `key` says all that the adapter depends on.

    It is not changed by how files are called and where tensors lie. A seed that is not given comes from it.
    """

    key: Digest
    num_steps: int
    num_epochs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrder:
    """A run: its plan, which knows spec and unit and below which its checkpoints lie, and its inputs.

    `job` is the one that it is computed for: a wish to stop names it.
    """

    project: str
    job: str
    plan: Digest
    inputs: Mapping[str, Digest]


class Saying(StrEnum):
    """What a rank says. The last two end the run."""

    NEWS = "news"
    REACHED = "reached"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RankWord:
    """A word of rank 0. `step` is safe in a checkpoint; `type`, `id` and `data` are news of the job."""

    saying: Saying
    step: int = 0
    type: str = ""
    id: str = ""
    data: Mapping[str, Json] | None = None
    blobs: tuple[Digest, ...] = ()
    failure_class: FailureClass | None = None
    reason: str = ""


UNIT_WIRE = Wire(UnitPlan, schema=1, what="unit of a training run")
ORDER_WIRE = Wire(RunOrder, schema=1, what="order to train")
WORD_WIRE = Wire(RankWord, schema=1, what="word of a rank")
