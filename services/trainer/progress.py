"""How far a run is and what it made so far: what a checkpoint holds beside tensors."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import TypeAdapter
from torch import Tensor

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPoint:
    """A step's loss (the mean over its micro-batches and all ranks) and the rate it was made with."""

    step: int
    epoch: int
    loss: float
    lr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAdapter:
    """An adapter file made after `epoch` epochs."""

    epoch: int
    step: int
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSample:
    """A picture made after `epoch` epochs; epoch 0 is before training."""

    epoch: int
    step: int
    prompt: str
    seed: int
    digest: Digest


@dataclass(slots=True, kw_only=True)
class Progress:
    """A run's diary; steps and epochs are those that are over.

    `stopped_for`: the job that was asked to end here; empty where none was.
    """

    step: int = 0
    losses: list[LossPoint] = field(default_factory=list)
    adapters: list[SavedAdapter] = field(default_factory=list)
    samples: list[SavedSample] = field(default_factory=list)
    scaler: dict[str, float] = field(default_factory=dict)
    stopped_for: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Everything that a run goes on from: its diary, and its tensors by name, on the CPU."""

    progress: Progress
    tensors: Mapping[str, Tensor]


_PROGRESS = TypeAdapter(Progress)


def encode_progress(progress: Progress) -> bytes:
    """The diary as JSON; floats come back as they were, to the bit."""
    return json.dumps(asdict(progress)).encode()


def decode_progress(data: bytes) -> Progress:
    """The diary that `encode_progress` was given."""
    return _PROGRESS.validate_json(data)


def loss_lines(progress: Progress) -> bytes:
    """All losses as JSON lines, as the result's `losses` has them."""
    return b"".join(json.dumps(asdict(point)).encode() + b"\n" for point in progress.losses)


def as_json(value: SavedAdapter | SavedSample) -> Mapping[str, Json]:
    """As results and events have it."""
    fields: dict[str, Any] = asdict(value)
    return fields
