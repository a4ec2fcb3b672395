import pytest
import torch

from bakehouse.errors import InvalidInputError
from bakehouse.models.denoiser import predict, training_target
from bakehouse.models.noise import training_scheduler
from tests.bakehouse.models.tiny_models import TEXT_WIDTH, TinyModel


@torch.no_grad()
def test_the_denoiser_is_called_with_texts(model: TinyModel) -> None:
    noisy, texts = torch.randn(2, 4, 6, 8), torch.randn(2, 77, TEXT_WIDTH)
    timesteps = torch.tensor([1, 900])
    expected = model.unet(noisy, timesteps, encoder_hidden_states=texts).sample
    assert torch.equal(predict(model.unet, noisy, timesteps, texts), expected)


def test_a_noise_model_is_trained_on_the_noise() -> None:
    latents, noise, timesteps = torch.randn(1, 4, 2, 2), torch.randn(1, 4, 2, 2), torch.tensor([500])
    assert training_target(training_scheduler({}), latents, noise, timesteps) is noise


def test_a_velocity_model_is_trained_on_the_velocity() -> None:
    latents, noise, timesteps = torch.randn(1, 4, 2, 2), torch.randn(1, 4, 2, 2), torch.tensor([500])
    scheduler = training_scheduler({"prediction_type": "v_prediction"})
    kept = scheduler.alphas_cumprod[500]
    expected = kept.sqrt() * noise - (1 - kept).sqrt() * latents
    assert torch.allclose(training_target(scheduler, latents, noise, timesteps), expected)


def test_another_prediction_is_refused() -> None:
    scheduler = training_scheduler({})
    scheduler.register_to_config(prediction_type="sample")
    one = torch.zeros(1)
    with pytest.raises(InvalidInputError, match="'sample' is none of epsilon, v_prediction"):
        training_target(scheduler, one, one, one)
