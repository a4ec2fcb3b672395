"""Pictures from prompts, with the components in memory: DDIM with classifier-free guidance, seeds passed in.

On one device the same request gives the same picture, bit for bit, whatever is asked for beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from torch import Tensor
from transformers.models.clip.modeling_clip import CLIPTextModel
from transformers.models.clip.tokenization_clip import CLIPTokenizer

from bakehouse.errors import InvalidInputError
from bakehouse.models.denoiser import predict
from bakehouse.models.noise import sampling_scheduler
from bakehouse.models.text import encode_texts
from bakehouse.models.tokens import CHUNK_TOKENS, tokenize
from bakehouse.models.vae import decode_latents


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """All components of a model, on one device. `scheduler` is the one that the model is trained with."""

    denoiser: UNet2DConditionModel
    vae: AutoencoderKL
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer
    scheduler: DDPMScheduler


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRequest:
    """One picture. `guidance` 1 asks for none; `width` and `height` are in pixels."""

    prompt: str
    seed: int
    width: int
    height: int
    negative_prompt: str = ""
    steps: int = 30
    guidance: float = 7.0
    max_token_length: int = CHUNK_TOKENS
    clip_skip: int = 1

    def __post_init__(self) -> None:
        if self.steps < 1 or self.guidance < 1 or self.seed < 0:
            raise InvalidInputError(
                f"a sample of {self.steps} steps, guidance {self.guidance}, seed {self.seed}; give at least "
                "1 step, guidance 1 and seed 0"
            )
        if min(self.width, self.height) < 1:
            raise InvalidInputError(f"a sample of {self.width}x{self.height} px; give a size")


def draw_pictures(model: LoadedModel, requests: Sequence[SampleRequest]) -> Iterator[Tensor]:
    """A picture for each request, in order: (height, width, 3) uint8 on the CPU.

    Each is drawn alone, since neighbours in a batch would change its last bits. Modules are used in the mode
    that they are in: put the denoiser into evaluation mode before.
    """
    for request in requests:
        yield draw_picture(model, request)


@torch.no_grad()
def draw_picture(model: LoadedModel, request: SampleRequest) -> Tensor:
    """One picture: (height, width, 3) uint8 on the CPU.

    Source: Song et al. 2021, "Denoising diffusion implicit models", eq. 12 with eta 0; Ho and Salimans 2022,
    "Classifier-free diffusion guidance", eq. 6.

    Raises:
        InvalidInputError: the model can't take the size.
    """
    device, dtype = model.denoiser.device, model.denoiser.dtype
    texts = _texts(model, request).to(device=device, dtype=dtype)
    scheduler = sampling_scheduler(model.scheduler)
    scheduler.set_timesteps(request.steps, device=device)
    latents = first_noise(model, request).to(device) * float(scheduler.init_noise_sigma)
    for timestep in scheduler.timesteps:
        predicted = _guided(model.denoiser, latents.to(dtype), timestep, texts, guidance=request.guidance)
        latents = _step(scheduler, predicted.float(), timestep, latents)
    return decode_latents(model.vae, latents)[0]


def first_noise(model: LoadedModel, request: SampleRequest) -> Tensor:
    """The noise that a seed begins with: (1, c, h, w) float32, drawn on the CPU for all devices alike.

    Raises:
        InvalidInputError: the size is no multiple of the VAE's factor.
    """
    factor = 2 ** (len(model.vae.config["block_out_channels"]) - 1)
    if request.width % factor or request.height % factor:
        raise InvalidInputError(
            f"a sample of {request.width}x{request.height} px; give multiples of {factor} px"
        )
    generator = torch.Generator("cpu").manual_seed(request.seed)
    shape = 1, int(model.denoiser.config["in_channels"]), request.height // factor, request.width // factor
    return torch.randn(shape, generator=generator)


def _texts(model: LoadedModel, request: SampleRequest) -> Tensor:
    """(1, n, d), or with guidance (2, n, d) with the negative prompt first."""
    texts = [request.prompt] if request.guidance == 1 else [request.negative_prompt, request.prompt]
    ids = tokenize(model.tokenizer, texts, max_token_length=request.max_token_length)
    return encode_texts(model.text_encoder, ids.to(model.text_encoder.device), clip_skip=request.clip_skip)


def _guided(
    denoiser: UNet2DConditionModel, latents: Tensor, timestep: Tensor, texts: Tensor, *, guidance: float
) -> Tensor:
    several = latents.expand(len(texts), -1, -1, -1)
    predicted = predict(denoiser, several, timestep.expand(len(texts)), texts)
    if len(texts) == 1:
        return predicted
    without, given = predicted.chunk(2)
    return without + guidance * (given - without)


def _step(scheduler: DDIMScheduler, predicted: Tensor, timestep: Tensor, latents: Tensor) -> Tensor:
    earlier: Tensor = scheduler.step(predicted, int(timestep), latents, eta=0.0, return_dict=False)[0]
    return earlier
