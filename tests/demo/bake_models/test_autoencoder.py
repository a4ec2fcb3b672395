import random

import torch

from demo.bake_models.autoencoder import measured_scaling, new_vae, train_vae, vae_losses
from demo.bake_models.training_pictures import vae_batch


def test_latents_have_a_factor_of_8_and_4_channels() -> None:
    with torch.no_grad():
        latents = new_vae().encode(vae_batch((96, 32), 2, random.Random(0))).latent_dist.mean
    assert latents.shape == (2, 4, 4, 12)


def test_training_is_by_seed_and_lowers_the_loss() -> None:
    logs: list[list[float]] = []
    for _ in range(2):
        losses: list[float] = []
        vae = train_vae(lambda _, terms, losses=losses: losses.append(terms["l1"]), steps=4)  # type: ignore[misc]
        logs.append(losses)
    assert logs[0] == logs[1]
    assert logs[0][-1] < logs[0][0]
    assert vae.config.scaling_factor == measured_scaling(vae)


def test_losses_are_finite_means() -> None:
    losses = vae_losses(new_vae(), vae_batch((64, 64), 2, random.Random(0)))
    assert set(losses) == {"l1", "mse", "edge", "kl"}
    assert all(value.ndim == 0 and torch.isfinite(value) for value in losses.values())
