"""Encodes with torch, on the GPU where there is one. Keeps the models of the last calls loaded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from transformers.models.clip.modeling_clip import CLIPTextModel
from transformers.models.clip.tokenization_clip import CLIPTokenizer

from bakehouse.base_model import BaseModel, load_base_model, shared_blobs
from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.shards import Tensor
from bakehouse.digest import Digest
from bakehouse.models.files import ModelShelf, check_layout, parse_listing
from bakehouse.models.loading import describe_model, load_text_encoder, load_tokenizer, load_vae
from bakehouse.models.text import check_clip_skip, encode_texts
from bakehouse.models.tokens import tokenize
from bakehouse.models.vae import pixels_to_unit, posterior_mean
from bakehouse.recent import Recent
from services.encoder.ports import Pixels
from services.encoder.specs import STORED_DTYPES, LatentsSpec, TextsSpec

_DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
_KEPT = 1  # of each kind: a laptop has no room for two


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a loaded component depends on."""

    base_model: Digest
    dtype: str


@dataclass(frozen=True, slots=True)
class _TextModel:
    tokenizer: CLIPTokenizer
    encoder: CLIPTextModel


class TorchEncoder:
    """See `services.encoder.ports.Encoder`. For one thread."""

    def __init__(self, scratch: Path) -> None:
        """Nothing is loaded yet. `scratch` is where base models are brought to."""
        self._scratch = scratch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._vaes: Recent[_Kept, AutoencoderKL] = Recent(_KEPT)
        self._text_models: Recent[_Kept, _TextModel] = Recent(_KEPT)

    def describe(self, blobs: Blobs, files: Digest) -> BaseModel:
        """The description of the model with this listing."""
        shared = shared_blobs(blobs)
        layout = check_layout(parse_listing(shared.get(files)))
        return describe_model(ModelShelf(shared, self._scratch).folder(files), layout, files)

    def prepare(self, blobs: Blobs, spec: LatentsSpec | TextsSpec) -> None:
        """Load what encoding by `spec` needs."""
        if isinstance(spec, LatentsSpec):
            self._vae(blobs, spec)
        else:
            check_clip_skip(self._text_model(blobs, spec).encoder, spec.clip_skip)

    @torch.inference_mode()
    def encode_pictures(
        self, blobs: Blobs, spec: LatentsSpec, pictures: Sequence[Pixels]
    ) -> list[Tensor | None]:
        """The raw latents of pictures of one size; None for one that came out as NaN."""
        vae = self._vae(blobs, spec)
        with _memory_errors():
            pixels = torch.from_numpy(np.stack(pictures)).to(self._device)
            means = posterior_mean(vae, pixels_to_unit(pixels)).cpu()
        return [_stored(mean) if torch.isfinite(mean).all() else None for mean in means]

    @torch.inference_mode()
    def encode_texts(self, blobs: Blobs, spec: TextsSpec, texts: Sequence[str]) -> list[Tensor]:
        """The hidden states of texts."""
        model = self._text_model(blobs, spec)
        ids = tokenize(model.tokenizer, texts, max_token_length=spec.max_token_length).to(self._device)
        with _memory_errors():
            states = encode_texts(model.encoder, ids, clip_skip=spec.clip_skip).cpu()
        return [_stored(state) for state in states]

    def _vae(self, blobs: Blobs, spec: LatentsSpec) -> AutoencoderKL:
        return self._vaes.get(_Kept(spec.base_model, spec.dtype), lambda: self._load_vae(blobs, spec))

    def _text_model(self, blobs: Blobs, spec: TextsSpec) -> _TextModel:
        kept = _Kept(spec.base_model, spec.dtype)
        return self._text_models.get(kept, lambda: self._load_text_model(blobs, spec))

    def _load_vae(self, blobs: Blobs, spec: LatentsSpec) -> AutoencoderKL:
        model, folder = self._fetched(blobs, spec.base_model)
        vae = load_vae(model, folder, _DTYPES[spec.dtype])
        vae.to(self._device)
        return vae

    def _load_text_model(self, blobs: Blobs, spec: TextsSpec) -> _TextModel:
        model, folder = self._fetched(blobs, spec.base_model)
        encoder = load_text_encoder(model, folder, _DTYPES[spec.dtype])
        torch.nn.Module.to(encoder, self._device)
        return _TextModel(tokenizer=load_tokenizer(model, folder), encoder=encoder)

    def _fetched(self, blobs: Blobs, digest: Digest) -> tuple[BaseModel, Path]:
        model = load_base_model(blobs, digest)
        return model, ModelShelf(shared_blobs(blobs), self._scratch).folder(model.files)


_STORED = {dtype: STORED_DTYPES[name] for name, dtype in _DTYPES.items()}


def _stored(tensor: torch.Tensor) -> Tensor:
    data = tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return Tensor(dtype=_STORED[tensor.dtype], shape=tuple(tensor.shape), data=data)


@contextmanager
def _memory_errors() -> Iterator[None]:
    """What torch raises where memory runs out, as the engine knows it."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise MemoryError from error
    except RuntimeError as error:
        if "can't allocate memory" in str(error) or "not enough memory" in str(error):
            raise MemoryError from error
        raise
