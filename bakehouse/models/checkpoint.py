"""A single-file checkpoint in the names of the original Stable Diffusion: split into diffusers' components.

diffusers converts the names; what it would ask a configuration for is read off the shapes, since nothing may
be downloaded. What shapes don't tell (groups of a norm, heads) is as in the published models, unless the
component's own configuration lies beside the file.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint
from torch import Tensor

from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.models.weights import Part, read_config, read_file, todays_names

UNET = "model.diffusion_model."
VAE = "first_stage_model."
CLIP = "cond_stage_model.transformer."

_Convert = Callable[[dict[str, Tensor], Mapping[str, Any]], dict[str, Tensor]]
_CONVERT_UNET: _Convert = convert_ldm_unet_checkpoint
_CONVERT_VAE: _Convert = convert_ldm_vae_checkpoint

NORM_GROUPS = 32
UNET_HEADS = 8
CLIP_HEAD_WIDTH = 64


class Checkpoint:
    """A single-file checkpoint, its bytes mapped. `unet/config.json` and the like may lie beside it."""

    def __init__(self, path: Path) -> None:
        """Map the file.

        Raises:
            InvalidInputError: it is damaged, or in other names than the original Stable Diffusion's.
        """
        self._path = path
        self._tensors = read_file(path)
        if f"{UNET}input_blocks.0.0.weight" not in self._tensors:
            raise InvalidInputError(
                f"{path.name} has no tensor {UNET}input_blocks.0.0.weight: it is no checkpoint of Stable "
                "Diffusion 1.5 (a LoRA, a VAE alone, or another family); register a plain base model"
            )

    @property
    def names(self) -> Sequence[str]:
        """The names of all tensors, as the file has them."""
        return [*self._tensors]

    def denoiser(self) -> Part:
        """The UNet.

        Raises:
            InvalidInputError: its configuration can't be told; the message says what to put where.
        """
        tensors = self._below(UNET, "unet")
        config = self._beside("unet") or unet_config(tensors)
        converted = _CONVERT_UNET({UNET + name: t for name, t in tensors.items()}, config)
        return Part(name="unet", config=config, tensors=todays_names(converted))

    def vae(self) -> Part:
        """The VAE. Raises as `denoiser`."""
        tensors = self._below(VAE, "vae")
        config = self._beside("vae") or vae_config(tensors)
        converted = _CONVERT_VAE({VAE + name: t for name, t in tensors.items()}, config)
        return Part(name="vae", config=config, tensors=todays_names(converted))

    def text_encoder(self) -> Part:
        """The CLIP text encoder. Raises as `denoiser`."""
        tensors = todays_names(self._below(CLIP, "text_encoder"))
        config = self._beside("text_encoder") or clip_config(tensors)
        return Part(name="text_encoder", config=config, tensors=tensors)

    def _below(self, prefix: str, component: str) -> dict[str, Tensor]:
        found = {
            name.removeprefix(prefix): tensor
            for name, tensor in self._tensors.items()
            if name.startswith(prefix)
        }
        if not found:
            raise NotFoundError(
                f"{self._path.name} has no {component} ({prefix}*); register a complete checkpoint"
            )
        return found

    def _beside(self, component: str) -> Mapping[str, Any] | None:
        folder = self._path.parent / component
        return read_config(folder, "config.json") if (folder / "config.json").is_file() else None


def unet_config(tensors: Mapping[str, Tensor]) -> Mapping[str, Any]:
    """The configuration of a UNet, told from the shapes of its tensors, named as in the original.

    Raises:
        InvalidInputError: its groups are not those of the published models.
    """
    levels = _unet_levels(tensors)
    channels = [width for width, _, _ in levels]
    _check_groups(channels, "unet")
    kinds = ["CrossAttnDownBlock2D" if attends else "DownBlock2D" for _, attends, _ in levels]
    keys = [name for name in tensors if name.endswith("attn2.to_k.weight")]
    return {
        "in_channels": tensors["input_blocks.0.0.weight"].shape[1],
        "out_channels": tensors["out.2.weight"].shape[0],
        "block_out_channels": channels,
        "layers_per_block": levels[0][2],
        "down_block_types": kinds,
        "up_block_types": [kind.replace("Down", "Up") for kind in reversed(kinds)],
        "cross_attention_dim": tensors[keys[0]].shape[1] if keys else 768,
        "attention_head_dim": UNET_HEADS,
        "norm_num_groups": NORM_GROUPS,
        "use_linear_projection": any(t.ndim == 2 for n, t in tensors.items() if n.endswith("proj_in.weight")),
    }


def vae_config(tensors: Mapping[str, Tensor]) -> Mapping[str, Any]:
    """The configuration of a VAE. Raises as `unet_config`."""
    count = _count(tensors, r"encoder\.down\.(\d+)\.")
    channels = [tensors[f"encoder.down.{level}.block.0.conv1.weight"].shape[0] for level in range(count)]
    _check_groups(channels, "vae")
    return {
        "in_channels": tensors["encoder.conv_in.weight"].shape[1],
        "out_channels": tensors["decoder.conv_out.weight"].shape[0],
        "block_out_channels": channels,
        "layers_per_block": _count(tensors, r"encoder\.down\.0\.block\.(\d+)\."),
        "down_block_types": ["DownEncoderBlock2D"] * count,
        "up_block_types": ["UpDecoderBlock2D"] * count,
        "latent_channels": tensors["decoder.conv_in.weight"].shape[1],
        "norm_num_groups": NORM_GROUPS,
    }


def clip_config(tensors: Mapping[str, Tensor]) -> Mapping[str, Any]:
    """The configuration of a CLIP text encoder, its tensors named as of today."""
    words = tensors["embeddings.token_embedding.weight"]
    width = words.shape[1]
    return {
        "vocab_size": words.shape[0],
        "hidden_size": width,
        "max_position_embeddings": tensors["embeddings.position_embedding.weight"].shape[0],
        "num_hidden_layers": _count(tensors, r"encoder\.layers\.(\d+)\."),
        "intermediate_size": tensors["encoder.layers.0.mlp.fc1.weight"].shape[0],
        "num_attention_heads": max(1, width // CLIP_HEAD_WIDTH),
        "hidden_act": "quick_gelu",
    }


def _unet_levels(tensors: Mapping[str, Tensor]) -> list[tuple[int, bool, int]]:
    """For each resolution from the finest: channels, whether it attends to the text, how many layers."""
    levels: list[tuple[int, bool, int]] = []
    width, attends, layers = 0, False, 0
    for block in range(1, _count(tensors, r"input_blocks\.(\d+)\.")):
        if f"input_blocks.{block}.0.op.weight" in tensors:
            levels.append((width, attends, layers))
            width, attends, layers = 0, False, 0
            continue
        width = tensors[f"input_blocks.{block}.0.in_layers.2.weight"].shape[0]
        attends = attends or f"input_blocks.{block}.1.proj_in.weight" in tensors
        layers += 1
    return [*levels, (width, attends, layers)]


def _count(tensors: Mapping[str, Tensor], pattern: str) -> int:
    """One more than the highest number that `pattern` finds at the beginning of a name."""
    found = (re.match(pattern, name) for name in tensors)
    return 1 + max((int(match[1]) for match in found if match), default=-1)


def _check_groups(channels: Sequence[int], component: str) -> None:
    if any(width % NORM_GROUPS for width in channels):
        raise InvalidInputError(
            f"the {component} of this checkpoint has {', '.join(map(str, channels))} channels, which Stable "
            f"Diffusion 1.5's {NORM_GROUPS} groups don't divide; put its diffusers configuration beside it, "
            f"in {component}/config.json"
        )
