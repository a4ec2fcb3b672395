"""Adapter files: safetensors, tensors and text metadata."""

from collections.abc import Mapping

import safetensors.torch
from torch import Tensor

from services.trainer.export import AdapterFormat


def encode_adapter(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """The file's bytes."""
    return safetensors.torch.save(dict(tensors), dict(metadata))


def decode_adapter(file: bytes) -> Mapping[str, Tensor]:
    """The tensors of a file's bytes."""
    return safetensors.torch.load(file)


SAFETENSORS = AdapterFormat(encode=encode_adapter, decode=decode_adapter)
