"""Loads the components of a registered base model, whichever layout it has: the same calls for all."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from transformers.models.clip.modeling_clip import CLIPTextModel
from transformers.models.clip.tokenization_clip import CLIPTokenizer

from bakehouse.base_model import BaseModel, Layout
from bakehouse.canonical_json import canonical_digest
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.families import known_families
from bakehouse.models.checkpoint import Checkpoint
from bakehouse.models.families.sd15 import Sd15
from bakehouse.models.family import Family, ModelParts
from bakehouse.models.files import INDEX, single_file
from bakehouse.models.noise import PUBLISHED, noise_digest, noise_values, training_scheduler
from bakehouse.models.tokens import load_clip_tokenizer, tokenizer_identity
from bakehouse.models.weights import Part, part_digest, read_config, read_folder

FAMILIES: Mapping[str, Family] = {family.facts.name: family for family in (Sd15(),)}

_PIPELINES = {name: family.facts.name for family in FAMILIES.values() for name in family.facts.pipelines}


def describe_model(folder: Path, layout: Layout, files: Digest) -> BaseModel:
    """The description of the model in `folder`, whose listing is `files`: every tensor is read once.

    Raises:
        NotFoundError: a component is missing; the message names it.
        InvalidInputError: the family is unknown, or a component damaged.
    """
    parts = open_parts(folder, layout)
    family = _family_of(folder, layout, parts)
    denoiser, vae, text_encoder = parts.denoiser(), parts.vae(), parts.text_encoder()
    tokenizer = canonical_digest(tokenizer_identity(load_clip_tokenizer(parts.tokenizer())))
    return BaseModel(
        family=family.facts.name,
        layout=layout,
        files=files,
        alignment=family.alignment(parts),
        latent_channels=family.facts.latent_channels,
        vae_factor=family.facts.vae_factor,
        components={
            "denoiser": part_digest(denoiser, family.settings(denoiser)),
            "scheduler": noise_digest(parts.scheduler()),
            "text_encoder": part_digest(text_encoder, family.settings(text_encoder)),
            "tokenizer": tokenizer,
            "vae": part_digest(vae, family.settings(vae)),
        },
    )


def load_denoiser(model: BaseModel, folder: Path, dtype: torch.dtype) -> UNet2DConditionModel:
    """The denoiser, frozen, in evaluation mode, on the CPU. `folder` has the files that `model` lists.

    Raises:
        NotFoundError, InvalidInputError: the folder lacks it, or it does not fit.
    """
    return FAMILIES[model.family].load_denoiser(open_parts(folder, model.layout).denoiser(), dtype)


def load_vae(model: BaseModel, folder: Path, dtype: torch.dtype) -> AutoencoderKL:
    """The VAE, as `load_denoiser`."""
    return FAMILIES[model.family].load_vae(open_parts(folder, model.layout).vae(), dtype)


def load_text_encoder(model: BaseModel, folder: Path, dtype: torch.dtype) -> CLIPTextModel:
    """The text encoder, as `load_denoiser`."""
    return FAMILIES[model.family].load_text_encoder(open_parts(folder, model.layout).text_encoder(), dtype)


def load_tokenizer(model: BaseModel, folder: Path) -> CLIPTokenizer:
    """The tokenizer. Raises as `load_denoiser`."""
    return load_clip_tokenizer(open_parts(folder, model.layout).tokenizer())


def load_scheduler(model: BaseModel, folder: Path) -> DDPMScheduler:
    """The scheduler to train with; `config.prediction_type` says what the denoiser predicts."""
    return training_scheduler(open_parts(folder, model.layout).scheduler())


def open_parts(folder: Path, layout: Layout) -> ModelParts:
    """The components of a model. Each is read when it is asked for, and kept."""
    return _Folder(folder) if layout == "diffusers" else _Single(folder)


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._part = cache(self._read)

    def denoiser(self) -> Part:
        return self._part("unet")

    def vae(self) -> Part:
        return self._part("vae")

    def text_encoder(self) -> Part:
        return self._part("text_encoder")

    def tokenizer(self) -> Path:
        return self._folder / "tokenizer"

    def scheduler(self) -> Mapping[str, Any]:
        return noise_values(read_config(self._folder / "scheduler", "scheduler_config.json"))

    def _read(self, name: str) -> Part:
        folder = self._folder / name
        if not folder.is_dir():
            raise NotFoundError(
                f"the model lacks its {name}/; register the whole folder that diffusers saved"
            )
        return Part(name=name, config=read_config(folder, "config.json"), tensors=read_folder(folder))


class _Single:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checkpoint = Checkpoint(single_file(folder))
        self.denoiser = cache(self._checkpoint.denoiser)
        self.vae = cache(self._checkpoint.vae)
        self.text_encoder = cache(self._checkpoint.text_encoder)

    def tokenizer(self) -> Path:
        if not (self._folder / "tokenizer").is_dir():
            raise NotFoundError(
                "a single-file checkpoint holds no tokenizer; put the folder tokenizer/ of a diffusers model "
                "of the same family (vocab.json, merges.txt, tokenizer_config.json) beside it"
            )
        return self._folder / "tokenizer"

    def scheduler(self) -> Mapping[str, Any]:
        folder = self._folder / "scheduler"
        return noise_values(
            read_config(folder, "scheduler_config.json") if folder.is_dir() else dict(PUBLISHED)
        )


def _family_of(folder: Path, layout: Layout, parts: ModelParts) -> Family:
    name = "sd15"
    if layout == "diffusers":
        pipeline = str(read_config(folder, INDEX).get("_class_name"))
        if pipeline not in _PIPELINES:
            raise InvalidInputError(f"a {pipeline} is of no family that is known; {known_families()}")
        name = _PIPELINES[pipeline]
    family = FAMILIES[name]
    if why := family.refusal(parts):
        raise InvalidInputError(f"the model is no {family.facts.title}: {why}; {known_families()}")
    return family
