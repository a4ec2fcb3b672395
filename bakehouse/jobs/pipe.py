"""What a worker and its child say to each other: one line of JSON each way, over the child's pipes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.ids import parse_id
from bakehouse.jobs.failures import FailureClass, ItemFailure
from bakehouse.jobs.messages import WorkMessage
from bakehouse.wire import Wire

MAX_LINE_BYTES = 64 << 20
WAITING = "waiting"  # for a dependency that is down or full
ENGINE_EVENTS = frozenset({"state", WAITING})


class Verb(StrEnum):
    """What a child says. The last five end an order."""

    READY = "ready"
    PIECE = "piece"
    NEWS = "news"
    FINISHED = "finished"
    PROBED = "probed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """To the child: compute this unit, or with `probe` only these items of it. `cancel`: stop what you do."""

    cancel: bool = False
    work: WorkMessage | None = None
    attempt: str = ""
    excluded: tuple[ItemFailure, ...] = ()
    batch_limit: int | None = None
    probe: tuple[str, ...] = ()
    is_careful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a unit at work tells whoever watches its job: an event's type, its id within that, its data."""

    type: str
    id: str
    data: Mapping[str, Json] = field(default_factory=dict)


def check_news(kind: str, data: Mapping[str, Json]) -> None:
    """Refuse news that is no event: a mistake of the stage that tells it, not of an item.

    Raises:
        ValueError: the type is no id or one of the engine's own, or the data has no canonical JSON.
    """
    if kind in ENGINE_EVENTS:
        raise ValueError(f"news of type {kind!r}: the engine tells of that itself")
    try:
        parse_id(kind, field="type")
        canonical_bytes(data)
    except InvalidInputError as error:
        raise ValueError(f"news of type {kind!r}: {error.message}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """From the child. `items` are those of the piece it begins, or at which it failed."""

    verb: Verb
    items: tuple[str, ...] = ()
    result: Digest | None = None
    num_failed: int = 0
    failure_class: FailureClass | None = None
    reason: str = ""
    news: News | None = None


ORDER_WIRE = Wire(Order, schema=1, what="order to a child")
WORD_WIRE = Wire(Word, schema=1, what="word of a child")
