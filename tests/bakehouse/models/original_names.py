"""Tensors of diffusers' modules under the names that the original Stable Diffusion gives them."""

import re
from collections.abc import Mapping

from torch import Tensor

_RESNET = (
    ("norm1", "in_layers.0"),
    ("conv1", "in_layers.2"),
    ("norm2", "out_layers.0"),
    ("conv2", "out_layers.3"),
    ("time_emb_proj", "emb_layers.1"),
    ("conv_shortcut", "skip_connection"),
)
_UNET_TOP = (
    ("time_embedding.linear_1", "time_embed.0"),
    ("time_embedding.linear_2", "time_embed.2"),
    ("conv_in", "input_blocks.0.0"),
    ("conv_norm_out", "out.0"),
    ("conv_out", "out.2"),
)
_VAE_ATTENTION = (
    ("group_norm", "norm"),
    ("to_q", "q"),
    ("to_k", "k"),
    ("to_v", "v"),
    ("to_out.0", "proj_out"),
)


def original_unet(tensors: Mapping[str, Tensor], *, layers: int) -> dict[str, Tensor]:
    attends = {name.split(".attentions")[0] for name in tensors if ".attentions." in name}
    return {
        f"model.diffusion_model.{_unet_name(name, layers, attends)}": value for name, value in tensors.items()
    }


def original_vae(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    levels = 1 + max(int(m[1]) for name in tensors if (m := re.match(r"encoder\.down_blocks\.(\d+)", name)))
    found = {}
    for name, tensor in tensors.items():
        is_projection = ".attentions." in name and name.endswith("weight") and "group_norm" not in name
        value = tensor[:, :, None, None] if is_projection else tensor
        found[f"first_stage_model.{_vae_name(name, levels)}"] = value
    return found


def original_clip(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"cond_stage_model.transformer.text_model.{name}": value for name, value in tensors.items()}


def _unet_name(name: str, layers: int, attends: set[str]) -> str:
    for new, old in _UNET_TOP:
        if name.startswith(f"{new}."):
            return old + name.removeprefix(new)
    if match := re.match(r"mid_block\.(resnets|attentions)\.(\d)\.(.*)", name):
        place = 1 if match[1] == "attentions" else 2 * int(match[2])
        return f"middle_block.{place}.{_renamed(match[3], _RESNET)}"
    match = re.match(
        r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)", name
    )
    assert match, name
    way, block, kind, layer, rest = match[1], int(match[2]), match[3], int(match[4]), match[5]
    if kind == "downsamplers":
        return f"input_blocks.{(block + 1) * (layers + 1)}.0.{rest.replace('conv', 'op')}"
    if kind == "upsamplers":
        place = 2 if f"up_blocks.{block}" in attends else 1
        return f"output_blocks.{block * (layers + 1) + layers}.{place}.{rest}"
    side, first = ("input", 1) if way == "down" else ("output", 0)
    inner = 0 if kind == "resnets" else 1
    number = first + block * (layers + 1) + layer
    return f"{side}_blocks.{number}.{inner}.{_renamed(rest, _RESNET) if inner == 0 else rest}"


def _vae_name(name: str, levels: int) -> str:
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    if "mid_block.attentions.0" in name:
        head, rest = name.split("mid_block.attentions.0.")
        return f"{head}mid.attn_1.{_renamed(rest, _VAE_ATTENTION)}"
    name = re.sub(r"down_blocks\.(\d)\.resnets\.", r"down.\1.block.", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0\.", r"down.\1.downsample.", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.", lambda m: f"up.{levels - 1 - int(m[1])}.block.", name)
    return re.sub(
        r"up_blocks\.(\d)\.upsamplers\.0\.", lambda m: f"up.{levels - 1 - int(m[1])}.upsample.", name
    )


def _renamed(name: str, names: tuple[tuple[str, str], ...]) -> str:
    for new, old in names:
        if name.startswith(f"{new}."):
            return old + name.removeprefix(new)
    return name
