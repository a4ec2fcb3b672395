"""The forward process of a diffusion model: noise drawn and added, and what is to be predicted. Pure."""

from collections.abc import Sequence
from enum import StrEnum

import torch
from torch import Tensor

from bakehouse.schedule.turns import Turn


class Prediction(StrEnum):
    """What the denoiser says: the noise, or the velocity of Salimans & Ho 2022."""

    EPSILON = "epsilon"
    VELOCITY = "v_prediction"


def signal_to_noise(alphas: Tensor) -> Tensor:
    """The ratio of signal to noise, a / (1 - a) for each of `alphas`: float32.

    Computed as kohya does, from square roots, so that weights agree to the last digits.
    """
    return (alphas.sqrt() / (1.0 - alphas).sqrt()) ** 2


def noisy_latents(latents: Tensor, noise: Tensor, alphas: Tensor) -> Tensor:
    """sqrt(a) x + sqrt(1 - a) e, in the dtype of `latents`.

    Args:
        latents: (b, c, h, w), scaled to unit variance.
        noise: of the same shape.
        alphas: (b,) float32, `alphas_cumprod` at each sample's timestep.
    """
    signal, other = _shares(alphas, latents)
    return signal * latents + other * noise


def target(prediction: Prediction, latents: Tensor, noise: Tensor, alphas: Tensor) -> Tensor:
    """What the denoiser should say: e, or sqrt(a) e - sqrt(1 - a) x. Arguments as `noisy_latents`.

    Source: Salimans & Ho 2022, appendix D.
    """
    if prediction is Prediction.EPSILON:
        return noise
    signal, other = _shares(alphas, latents)
    return signal * noise - other * latents


def draw_timesteps(turns: Sequence[Turn], *, first: int, stop: int) -> Tensor:
    """A timestep in [first, stop) for each turn: (b,) int64."""
    return torch.tensor([first + turn.bits("timestep") % (stop - first) for turn in turns])


def draw_noise(turns: Sequence[Turn], shape: tuple[int, ...]) -> Tensor:
    """Standard normal noise for each turn: (b, *shape) float32 on the CPU, the same on every device.

    A sample's noise depends on its turn alone, so neither batch, rank nor where a run was resumed changes it.
    """
    return torch.stack(
        [torch.randn(shape, generator=torch.Generator().manual_seed(turn.bits("noise"))) for turn in turns]
    )


def _shares(alphas: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    alphas = alphas.reshape(-1, *[1] * (like.dim() - 1))
    return alphas.sqrt().to(like.dtype), (1.0 - alphas).sqrt().to(like.dtype)
