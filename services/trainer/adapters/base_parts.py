"""The base model of a run, loaded for training and for samples."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from bakehouse.base_model import BaseModel, load_base_model, shared_blobs
from bakehouse.blobs.blobs import Blobs
from bakehouse.families import find_family
from bakehouse.models.files import WEIGHTS, ModelFile, ModelShelf, parse_listing
from bakehouse.models.loading import (
    load_denoiser,
    load_scheduler,
    load_text_encoder,
    load_tokenizer,
    load_vae,
)
from bakehouse.models.sampling import LoadedModel
from bakehouse.models.text import encode_texts
from bakehouse.models.tokens import tokenize
from bakehouse.models.vae import scale_latents
from services.trainer.adapters.lora_model import BaseParts
from services.trainer.domain.adapter_metadata import ModelFacts
from services.trainer.domain.model_hash import WINDOW_BYTES, WINDOW_START, window_hash
from services.trainer.domain.noise_schedule import Prediction
from services.trainer.training_spec import TrainingSpec

ModuleT = TypeVar("ModuleT", bound=nn.Module)

_DTYPES = {"no": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class TextStates(nn.Module):
    """A text encoder as a module that gives what the denoiser takes, so that it can be wrapped as one."""

    def __init__(self, encoder: CLIPTextModel, *, clip_skip: int) -> None:
        super().__init__()
        self.encoder = encoder
        self._clip_skip = clip_skip

    def forward(self, ids: Tensor) -> Tensor:
        """(b, chunks, 77) int64 to (b, n, d)."""
        return encode_texts(self.encoder, ids, clip_skip=self._clip_skip)


class LoadedBase:
    """A base model's parts, on the run's device and in its precision; texts only where they are needed."""

    def __init__(self, blobs: Blobs, spec: TrainingSpec, scratch: Path, device: torch.device) -> None:
        self._spec = spec
        self._shared = shared_blobs(blobs)
        self._model = load_base_model(blobs, spec.base)
        folder = ModelShelf(self._shared, scratch).folder(self._model.files)
        dtype = _DTYPES[spec.mixed_precision]
        self._denoiser = _on(load_denoiser(self._model, folder, dtype), device)
        self._scheduler = load_scheduler(self._model, folder)
        self._vae = load_vae(self._model, folder, torch.float32)
        self._text_encoder: CLIPTextModel | None = None
        self._tokenizer: CLIPTokenizer | None = None
        if spec.trains_text_encoder or spec.sample_prompts:
            self._text_encoder = _on(load_text_encoder(self._model, folder, dtype), device)
            self._tokenizer = load_tokenizer(self._model, folder)
        if spec.sample_prompts:
            _on(self._vae, device)

    @property
    def parts(self) -> BaseParts:
        """What is trained."""
        encoder = None
        if self._spec.trains_text_encoder and self._text_encoder is not None:
            encoder = TextStates(self._text_encoder, clip_skip=self._spec.clip_skip)
        return BaseParts(
            unet=self._denoiser,
            text_encoder=None if encoder is None else encoder.encoder,
            text_states=encoder,
            tokenize=self._tokenize,
            scale=partial(scale_latents, self._vae),
            alphas=self._scheduler.alphas_cumprod.float(),
            prediction=Prediction(self._scheduler.config["prediction_type"]),
            facts=self._facts(),
        )

    @property
    def for_samples(self) -> LoadedModel:
        """The same modules, to draw samples with while they are trained."""
        assert self._text_encoder is not None and self._tokenizer is not None  # noqa: PT018 - loaded together
        return LoadedModel(
            denoiser=self._denoiser,
            vae=self._vae,
            text_encoder=self._text_encoder,
            tokenizer=self._tokenizer,
            scheduler=self._scheduler,
        )

    def _tokenize(self, texts: Sequence[str]) -> Tensor:
        assert self._tokenizer is not None  # loaded where texts are encoded
        return tokenize(self._tokenizer, texts, max_token_length=self._spec.max_token_length)

    def _facts(self) -> ModelFacts:
        velocity = self._scheduler.config["prediction_type"] == Prediction.VELOCITY
        family = find_family(self._model.family)
        facts = ModelFacts(
            architecture=f"{family.architecture}/lora",
            base_model_version=family.base_model_version,
            prediction_type="v" if velocity else "epsilon",
        )
        file = _checkpoint(self._shared, self._model)
        if file is None:
            return facts
        short_hash = window_hash(_window(self._shared, file))
        return replace(facts, name=file.name, sha256=file.digest, short_hash=short_hash)


def _checkpoint(shared: Blobs, model: BaseModel) -> ModelFile | None:
    """The file of a base model that is a single one."""
    if model.layout != "single":
        return None
    files = parse_listing(shared.get(model.files))
    return next((file for file in files if file.suffix == WEIGHTS and "/" not in file.name), None)


def _window(shared: Blobs, file: ModelFile) -> bytes:
    length = min(WINDOW_BYTES, file.size_bytes - WINDOW_START)
    return shared.read(file.digest, WINDOW_START, length) if length > 0 else b""


def _on(part: ModuleT, device: torch.device) -> ModuleT:
    part.to(device)
    return part
