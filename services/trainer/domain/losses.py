"""What a prediction costs, sample by sample, and how samples weigh. Pure."""

import torch
from torch import Tensor

from services.trainer.domain.noise_schedule import Prediction


def squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    """The mean squared error of each sample: (b, ...) twice -> (b,) float32."""
    difference = prediction.float() - target.float()
    return (difference * difference).flatten(1).mean(1)


def min_snr_weights(snr: Tensor, gamma: float, prediction: Prediction) -> Tensor:
    """The weight of each sample's loss: min(snr, gamma) / snr, or / (snr + 1) for velocity. (b,) float32.

    Args:
        snr: (b,) float32, signal to noise at each sample's timestep; may be 0 for velocity only.
        gamma: where the weight begins to fall; 5 in the paper.
        prediction: what the denoiser says.

    Source: Hang et al. 2023, eq. 8.
    """
    clipped = snr.clamp(max=gamma)
    return clipped / (snr if prediction is Prediction.EPSILON else snr + 1.0)


def weighted_loss(per_sample: Tensor, *weights: Tensor) -> Tensor:
    """The batch's loss: the mean of (b,) losses, each times its weights, which leave the divisor alone."""
    for weight in weights:
        per_sample = per_sample * weight
    return per_sample.mean()


def prior_weights(are_prior: list[bool], prior_loss_weight: float) -> Tensor:
    """How samples weigh: `prior_loss_weight` for prior (regularisation) pictures, else 1. (b,) float32."""
    return torch.tensor([prior_loss_weight if is_prior else 1.0 for is_prior in are_prior])
