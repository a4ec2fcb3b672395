"""Weights as named tensors with their configuration: read from safetensors, put into modules, digested.

Names are those of today's diffusers and transformers, whatever a file calls them, so that one model in two
layouts is the same. Nothing is unpickled.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from accelerate import init_empty_weights  # type: ignore[import-untyped]  # it has no types
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from bakehouse.canonical_json import Json, canonical_digest, decimal_text
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, NotFoundError

WEIGHTS_REVISION = 1

M = TypeVar("M", bound=nn.Module)

_DTYPES: Mapping[torch.dtype, str] = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.uint8: "U8",
    torch.bool: "BOOL",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
}
# Attention in VAEs that diffusers saved before 2023; what transformers leaves out of names since version 5.
_RENAMED = tuple(
    (re.compile(old), new)
    for old, new in (
        (r"^(.*\.attentions\.\d+)\.query\.", r"\1.to_q."),
        (r"^(.*\.attentions\.\d+)\.key\.", r"\1.to_k."),
        (r"^(.*\.attentions\.\d+)\.value\.", r"\1.to_v."),
        (r"^(.*\.attentions\.\d+)\.proj_attn\.", r"\1.to_out.0."),
        (r"^text_model\.", ""),
    )
)
_DERIVED = re.compile(r"(^|\.)position_ids$")  # counted up by the module itself
_VARIANT = re.compile(r"\.(fp16|bf16|non_ema)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A component of a model: its tensors under their names of today, and its configuration as saved."""

    name: str
    config: Mapping[str, Any]  # of diffusers or transformers, as its JSON has it
    tensors: Mapping[str, Tensor]


def read_config(folder: Path, name: str) -> Mapping[str, Any]:
    """The configuration `name` of the component in `folder`.

    Raises:
        NotFoundError: it is not there.
        InvalidInputError: it is no JSON object.
    """
    try:
        config = json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFoundError(
            f"the model lacks {folder.name}/{name}; register the whole folder that diffusers saved"
        ) from error
    except ValueError as error:
        raise InvalidInputError(f"{folder.name}/{name} is no JSON; download the model anew") from error
    if not isinstance(config, dict):
        raise InvalidInputError(f"{folder.name}/{name} is no configuration; download the model anew")
    return config


def read_folder(folder: Path) -> dict[str, Tensor]:
    """The tensors of the component in `folder`, in one file or several; half-precision twins are left.

    Raises:
        NotFoundError: it has none.
        InvalidInputError: a file is damaged.
    """
    found = sorted(folder.glob("*.safetensors"))
    if not (files := [path for path in found if not _VARIANT.search(path.name)] or found[:1]):
        raise NotFoundError(
            f"the model lacks the weights {folder.name}/*.safetensors; save it with "
            "save_pretrained(..., safe_serialization=True) and register it again"
        )
    tensors: dict[str, Tensor] = {}
    for path in files:
        tensors |= read_file(path)
    return todays_names(tensors)


def read_file(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file, under its own names; their bytes are mapped, not read.

    Raises:
        InvalidInputError: it is damaged, or none.
    """
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise InvalidInputError(
            f"{path.name} is no safetensors file, or damaged; download it anew"
        ) from error


def todays_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under the names that today's modules have; those that modules count up left out."""
    renamed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if not _DERIVED.search(name):
            for old, new in _RENAMED:
                name = old.sub(new, name)  # noqa: PLW2901 - each rule works on what the one before gave
            renamed[name] = tensor
    return renamed


def fill(make: Callable[[], M], part: Part, dtype: torch.dtype) -> M:
    """A module with the tensors of `part`, copied into memory as `dtype`; frozen, in evaluation mode.

    Raises:
        InvalidInputError: as `shell`.
    """
    module = shell(make, part)
    # Copied, so that all are aligned alike: what a file's offsets are must not change the last bits.
    copies = {
        name: tensor.to(dtype=dtype, copy=True, memory_format=torch.contiguous_format)
        for name, tensor in part.tensors.items()
    }
    module.load_state_dict(copies, assign=True)
    return module.requires_grad_(requires_grad=False).eval()


def shell(make: Callable[[], M], part: Part) -> M:
    """The module that `make` builds, which the tensors of `part` fit, but without memory for its weights.

    No random numbers are drawn for it.

    Raises:
        InvalidInputError: the tensors are not those of the module; the message names one.
    """
    with init_empty_weights(include_buffers=False):
        module = make()
    wanted = {name: tensor.shape for name, tensor in module.state_dict().items()}
    _check_names(part, wanted)
    for name, shape in wanted.items():
        if part.tensors[name].shape != shape:
            raise InvalidInputError(
                f"{part.name}: {name} has shape {tuple(part.tensors[name].shape)}, its configuration says "
                f"{tuple(shape)}; put the configuration that belongs to it into {part.name}/config.json"
            )
    return module


def part_digest(part: Part, settings: Json) -> Digest:
    """The identity of a component: names, dtypes, shapes and bytes of its tensors, and `settings`.

    `settings` is what of its configuration changes what it computes, decimals as text. One tensor's bytes are
    held at a time.
    """
    rows: list[Json] = [
        [name, _dtype_name(tensor), list(tensor.shape), _bytes_digest(tensor)]
        for name, tensor in sorted(part.tensors.items())
    ]
    return canonical_digest({"revision": WEIGHTS_REVISION, "settings": settings, "tensors": rows})


def plain(value: object) -> Json:
    """A value of a configuration as canonical JSON has it: decimals as text, tuples as lists."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return decimal_text(value)
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    raise InvalidInputError(f"a configuration holds {value!r}; only JSON values are understood")


def _check_names(part: Part, wanted: Mapping[str, object]) -> None:
    if missing := sorted(wanted.keys() - part.tensors.keys()):
        raise InvalidInputError(
            f"{part.name}: {len(missing)} tensors are missing, among them {missing[0]}; the file is "
            "incomplete, or its configuration another model's"
        )
    if unknown := sorted(part.tensors.keys() - wanted.keys()):
        raise InvalidInputError(
            f"{part.name}: {len(unknown)} tensors belong to no {part.name} of this family, among them "
            f"{unknown[0]}; register a plain base model"
        )


def _dtype_name(tensor: Tensor) -> str:
    if tensor.dtype not in _DTYPES:
        raise InvalidInputError(f"tensors of {tensor.dtype} are not supported; convert them to float16")
    return _DTYPES[tensor.dtype]


def _bytes_digest(tensor: Tensor) -> str:
    flat = tensor.contiguous().reshape(-1)
    return hashlib.sha256(flat.view(torch.uint8).numpy().data).hexdigest()
