"""Stable Diffusion 1.5: a UNet with cross-attention, a VAE of factor 8 and 4 channels, one CLIP encoder."""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn
from transformers.models.clip.configuration_clip import CLIPTextConfig
from transformers.models.clip.modeling_clip import CLIPTextModel

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.families import SD15
from bakehouse.models.family import ModelParts
from bakehouse.models.weights import Part, fill, plain, shell

# What a configuration says beside what the module computes in training and sampling.
_SAYS_NOTHING = frozenset({"sample_size", "force_upcast"})
_CLIP_SAYS = (
    "attention_dropout",
    "hidden_act",
    "hidden_size",
    "intermediate_size",
    "layer_norm_eps",
    "max_position_embeddings",
    "num_attention_heads",
    "num_hidden_layers",
    "vocab_size",
)


class Sd15:
    """The family. See `bakehouse.models.family`."""

    facts = SD15

    def refusal(self, parts: ModelParts) -> str | None:
        """Why the model is none of this family; None where it is one."""
        unet, clip = parts.denoiser().config, parts.text_encoder().config
        channels = unet.get("in_channels", 4)
        if channels != SD15.latent_channels:
            return (
                f"its UNet takes {channels} channels (inpainting, depth or edits); give the plain base model"
            )
        if unet.get("addition_embed_type"):
            return f"its UNet has {unet['addition_embed_type']!r} embeddings, as SDXL does"
        if clip.get("hidden_act", "quick_gelu") != "quick_gelu" or unet.get("use_linear_projection"):
            return "its text encoder or UNet is that of Stable Diffusion 2"
        if clip["hidden_size"] != unet.get("cross_attention_dim"):
            return (
                f"its text encoder gives {clip['hidden_size']} values a token, its UNet takes "
                f"{unet.get('cross_attention_dim')}"
            )
        return None

    def alignment(self, parts: ModelParts) -> int:
        """Each level of the UNet but the last halves the latents."""
        levels: int = len(parts.denoiser().config["block_out_channels"])
        return SD15.vae_factor << (levels - 1)

    def settings(self, part: Part) -> Json:
        """What of a component's configuration changes its results; that its tensors fit is checked."""
        if part.name == "text_encoder":
            config = shell(lambda: CLIPTextModel(_clip_config(part.config)), part).config
            return {name: plain(getattr(config, name)) for name in _CLIP_SAYS}
        make = _new_unet if part.name == "unet" else _new_vae
        module = shell(lambda: make(part.config), part)
        return _beside_defaults(dict(module.config), type(module))

    def load_denoiser(self, part: Part, dtype: torch.dtype) -> UNet2DConditionModel:
        """The UNet: (b, 4, h, w) latents, (b,) time steps, (b, n, d) texts to (b, 4, h, w)."""
        return fill(lambda: _new_unet(part.config), part, dtype)

    def load_vae(self, part: Part, dtype: torch.dtype) -> AutoencoderKL:
        """The VAE: (b, 3, 8h, 8w) pictures in -1..1, (b, 4, h, w) latents."""
        return fill(lambda: _new_vae(part.config), part, dtype)

    def load_text_encoder(self, part: Part, dtype: torch.dtype) -> CLIPTextModel:
        """The text encoder: (b, 77) ids to (b, 77, d)."""
        return fill(lambda: CLIPTextModel(_clip_config(part.config)), part, dtype)


def _new_unet(config: Mapping[str, Any]) -> UNet2DConditionModel:
    with _named("unet"):
        module: UNet2DConditionModel = UNet2DConditionModel.from_config(dict(config))
    return module


def _new_vae(config: Mapping[str, Any]) -> AutoencoderKL:
    with _named("vae"):
        module: AutoencoderKL = AutoencoderKL.from_config(dict(config))
    return module


@contextmanager
def _named(component: str) -> Iterator[None]:
    try:
        yield
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"{component}/config.json describes no {component}: {error}") from error


def _clip_config(config: Mapping[str, Any]) -> CLIPTextConfig:
    fitting = {name: value for name, value in config.items() if name in _CLIP_SAYS}
    # Where the text ends matters to the pooled output alone, which is not used; saved ids are often wrong.
    end = int(config["vocab_size"]) - 1
    return CLIPTextConfig(**fitting, bos_token_id=end - 1, eos_token_id=end, pad_token_id=end)


def _beside_defaults(config: Mapping[str, Any], kind: type[nn.Module]) -> Json:
    defaults = {
        name: plain(parameter.default)
        for name, parameter in inspect.signature(kind.__init__).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    values = {
        name: _same_everywhere(plain(value))
        for name, value in config.items()
        if not name.startswith("_") and name not in _SAYS_NOTHING
    }
    return {name: value for name, value in values.items() if value != _same_everywhere(defaults.get(name))}


def _same_everywhere(value: Json) -> Json:
    """`[8, 8, 8, 8]`, a value for each level, says what `8` says."""
    if isinstance(value, list) and value and all(entry == value[0] for entry in value):
        first: Json = value[0]
        return first
    return value
