"""The port of a family of models: how it is known, and how its components are read and loaded."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers.models.clip.modeling_clip import CLIPTextModel

from bakehouse.canonical_json import Json
from bakehouse.families import FamilyFacts
from bakehouse.models.weights import Part


class ModelParts(Protocol):
    """The components of one model on this machine, read when they are asked for.

    Raises:
        NotFoundError: a component is missing; the message names it.
        InvalidInputError: one is damaged, or of another family.
    """

    def denoiser(self) -> Part:
        """The denoiser's tensors and configuration."""
        ...

    def vae(self) -> Part:
        """The VAE's."""
        ...

    def text_encoder(self) -> Part:
        """The text encoder's."""
        ...

    def tokenizer(self) -> Path:
        """The tokenizer's folder."""
        ...

    def scheduler(self) -> Mapping[str, Any]:
        """The scheduler's configuration."""
        ...


class Family(Protocol):
    """One family. It makes modules of parts, and says what of a configuration changes what they compute."""

    facts: FamilyFacts

    def refusal(self, parts: ModelParts) -> str | None:
        """Why the model is none of this family; None where it is one."""
        ...

    def alignment(self, parts: ModelParts) -> int:
        """The pixels that the sides of a picture must be a multiple of."""
        ...

    def settings(self, part: Part) -> Json:
        """What of a component's configuration changes its results, with defaults left out.

        Raises:
            InvalidInputError: its tensors are not those that the configuration says.
        """
        ...

    def load_denoiser(self, part: Part, dtype: torch.dtype) -> UNet2DConditionModel:
        """The denoiser as a module."""
        ...

    def load_vae(self, part: Part, dtype: torch.dtype) -> AutoencoderKL:
        """The VAE as a module."""
        ...

    def load_text_encoder(self, part: Part, dtype: torch.dtype) -> CLIPTextModel:
        """The text encoder as a module."""
        ...
