"""The noise schedule that a model was trained with: the few values of a scheduler that say it.

Which scheduler a folder was saved with does not matter: sampling has one of its own.
"""

from collections.abc import Mapping
from typing import Any

from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.models.weights import plain

PREDICTIONS = ("epsilon", "v_prediction")

# Stable Diffusion's, for what a configuration leaves out and for checkpoints without one.
PUBLISHED: Mapping[str, Any] = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "epsilon",
    "trained_betas": None,
    "rescale_betas_zero_snr": False,
}


def noise_values(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schedule that a scheduler's configuration says.

    Raises:
        InvalidInputError: the model predicts something else than noise or velocity.
    """
    values = {name: config.get(name, published) for name, published in PUBLISHED.items()}
    if values["prediction_type"] not in PREDICTIONS:
        raise InvalidInputError(
            f"scheduler: prediction_type {values['prediction_type']!r} is not supported; "
            f"there are {' and '.join(PREDICTIONS)}"
        )
    return values


def noise_digest(config: Mapping[str, Any]) -> Digest:
    """The identity of the schedule."""
    schedule: Json = plain(noise_values(config))
    return canonical_digest({"schedule": schedule})


def training_scheduler(config: Mapping[str, Any]) -> DDPMScheduler:
    """The scheduler to add noise with, as long as the training's schedule."""
    scheduler: DDPMScheduler = DDPMScheduler(**noise_values(config), clip_sample=False)
    return scheduler


def sampling_scheduler(training: DDPMScheduler) -> DDIMScheduler:
    """The scheduler to draw samples with: DDIM without added noise, at Stable Diffusion's time steps."""
    values = noise_values(training.config)
    spacing = "trailing" if values["rescale_betas_zero_snr"] else "leading"
    scheduler: DDIMScheduler = DDIMScheduler(
        **values, clip_sample=False, set_alpha_to_one=False, steps_offset=1, timestep_spacing=spacing
    )
    return scheduler
