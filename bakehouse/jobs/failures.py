"""What can go wrong with an item or a unit, by who must act. Retries count these, never deliveries."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bakehouse.canonical_json import Json
from bakehouse.errors import (
    BakehouseError,
    CapacityError,
    CorruptionError,
    InvalidInputError,
    NotFoundError,
    StateError,
    UnavailableError,
)


class FailureClass(StrEnum):
    """Whose fault it is.

    `input`: the item's own; `memory`: it did not fit; `crash`: it killed the process that computed it;
    `stall`: it never came back; `bug`: ours; `config`: the job's, for all items alike; `unavailable`: a
    dependency is down, which is no failure of item, unit or job: it is waited for.
    """

    INPUT = "input"
    MEMORY = "memory"
    CRASH = "crash"
    STALL = "stall"
    BUG = "bug"
    CONFIG = "config"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFailure:
    """One item that could not be computed, and why, for its owner to read."""

    item: str
    failure_class: FailureClass
    reason: str

    def to_json(self) -> Mapping[str, Json]:
        """As results and messages hold it."""
        return {"item": self.item, "class": str(self.failure_class), "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFailure:
    """A whole unit that could not be computed."""

    failure_class: FailureClass
    reason: str


class ConfigError(Exception):
    """Raised by a stage when the job itself can't work (its model is missing, say): no item is to blame."""


def classify(error: Exception) -> FailureClass:
    """The class of an exception that a stage raised while it computed."""
    match error:
        case ConfigError():
            return FailureClass.CONFIG
        case MemoryError():
            return FailureClass.MEMORY
        case UnavailableError() | CapacityError():
            return FailureClass.UNAVAILABLE
        case InvalidInputError() | NotFoundError() | StateError() | CorruptionError():
            return FailureClass.INPUT
    return FailureClass.BUG


def reason_of(error: Exception) -> str:
    """What may be told of an exception: our own messages in full, of others the type alone.

    An unknown exception's text may hold a path or a secret; it goes to the log, not to the result.
    """
    if isinstance(error, BakehouseError):
        return error.message
    if isinstance(error, ConfigError):
        return str(error)
    if isinstance(error, MemoryError):
        return "out of memory"
    return f"an error in Bakehouse ({type(error).__name__}); the worker's log has its trace"
