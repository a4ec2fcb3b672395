"""Writes the live adapter as a file that other programs load, and reads it back before anybody has it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest
from bakehouse.errors import CorruptionError, InvalidInputError
from services.trainer.domain.adapter_metadata import (
    DataFacts,
    ModelFacts,
    RunFacts,
    adapter_metadata,
)
from services.trainer.domain.model_hash import model_hash, window_hash, window_of

PRECISIONS = {"float": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}

Encode = Callable[[Mapping[str, Tensor], Mapping[str, str]], bytes]
Decode = Callable[[bytes], Mapping[str, Tensor]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterFormat:
    """The file format: tensors and metadata to bytes, and tensors back."""

    encode: Encode
    decode: Decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When an adapter is taken: steps and epochs that are over, and whether the run ends here."""

    step: int
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """What all adapters of a run have in common. `started_at` is in seconds since 1970."""

    blobs: Blobs
    format: AdapterFormat
    precision: torch.dtype
    data: DataFacts
    model: ModelFacts
    options: Mapping[str, object]
    network_args: Mapping[str, str]
    num_epochs: int
    session_id: int
    started_at: float

    def export(self, adapter: Mapping[str, Tensor], moment: Moment) -> tuple[Digest, Mapping[str, str]]:
        """Store the adapter; its digest and metadata.

        Raises:
            InvalidInputError: a number is beyond the precision that it is to be saved in.
            CorruptionError: what the store gives back is not what is live.
        """
        tensors = {name: tensor.to(self.precision).contiguous() for name, tensor in adapter.items()}
        check_finite(tensors, adapter)
        metadata = self._metadata(moment)
        known_by = {name: text for name, text in metadata.items() if name.startswith("ss_")}
        bare = self.format.encode(tensors, known_by)
        hashes = {"sshs_model_hash": model_hash(bare), "sshs_legacy_hash": window_hash(window_of(bare))}
        file = self.format.encode(tensors, {**metadata, **hashes})
        digest = self.blobs.put(file)
        check_same(self.format.decode(self.blobs.get(digest)), tensors)
        return digest, {**metadata, **hashes}

    def _metadata(self, moment: Moment) -> dict[str, str]:
        run = RunFacts(
            options=self.options,
            network_args=self.network_args,
            step=moment.step,
            epoch=moment.epoch,
            num_epochs=self.num_epochs,
            session_id=self.session_id,
            started_at=self.started_at,
            finished_at=time.time(),
        )
        return adapter_metadata(self.data, run, self.model)


def check_finite(saved: Mapping[str, Tensor], live: Mapping[str, Tensor]) -> None:
    """Refuse an adapter with what is no number, after the last step or after it was made less precise.

    Raises:
        InvalidInputError: a tensor has such a thing.
    """
    for name, tensor in saved.items():
        if bool(tensor.isfinite().all()):
            continue
        if bool(live[name].isfinite().all()):
            raise InvalidInputError(
                f"{name} has numbers that are too large for save_precision; set it to bf16 or float",
                field="save_precision",
            )
        raise InvalidInputError(
            f"{name} is no number any more after the last step; lower learning_rate", field="learning_rate"
        )


def check_same(found: Mapping[str, Tensor], live: Mapping[str, Tensor]) -> None:
    """Compare an adapter that was read back with the live one, bit for bit.

    Raises:
        CorruptionError: they differ.
    """
    differing = [
        name
        for name in sorted(found.keys() | live.keys())
        if name not in found or name not in live or not _same(found[name], live[name])
    ]
    if differing:
        raise CorruptionError(
            f"the adapter that was written differs from the live one in {len(differing)} tensors, first "
            f"{differing[0]}; bake again, and report it"
        )


def _same(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and torch.equal(one, other)
