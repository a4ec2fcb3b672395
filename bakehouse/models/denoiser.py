"""The denoiser's call and what it is trained to give, for noise (epsilon) and velocity models."""

from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from torch import Tensor

from bakehouse.errors import InvalidInputError


def predict(denoiser: UNet2DConditionModel, noisy: Tensor, timesteps: Tensor, texts: Tensor) -> Tensor:
    """What the denoiser makes of noisy latents.

    Args:
        denoiser: a UNet; a LoRA may be injected into it.
        noisy: (b, c, h, w) scaled latents with noise.
        timesteps: (b,) int64, 0 .. 999.
        texts: (b, n, d) hidden states of the text encoder.

    Returns:
        (b, c, h, w): noise or velocity, as the model's schedule says.
    """
    predicted: Tensor = denoiser(noisy, timesteps, encoder_hidden_states=texts).sample
    return predicted


def training_target(
    scheduler: DDPMScheduler | DDIMScheduler, latents: Tensor, noise: Tensor, timesteps: Tensor
) -> Tensor:
    """What `predict` should have given, (b, c, h, w).

    Source: Salimans and Ho 2022, "Progressive distillation", appendix D for the velocity.

    Raises:
        InvalidInputError: the model predicts something else.
    """
    match scheduler.config["prediction_type"]:
        case "epsilon":
            return noise
        case "v_prediction":
            velocity: Tensor = scheduler.get_velocity(latents, noise, timesteps)
            return velocity
    raise InvalidInputError(
        f"prediction_type {scheduler.config['prediction_type']!r} is none of epsilon, v_prediction"
    )
