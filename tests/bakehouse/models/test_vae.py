import torch

from bakehouse.models.vae import (
    decode_latents,
    pixels_to_unit,
    posterior_mean,
    scale_latents,
    unscale_latents,
)
from tests.bakehouse.models.tiny_models import TinyModel


@torch.no_grad()
def test_latents_are_the_raw_mean_of_the_posterior(model: TinyModel) -> None:
    pictures = torch.rand(2, 3, 48, 64) * 2 - 1
    found = posterior_mean(model.vae, pictures)
    assert found.shape == (2, 4, 6, 8)
    assert torch.equal(found, model.vae.encode(pictures).latent_dist.mode())


def test_scaling_is_that_of_the_configuration(model: TinyModel) -> None:
    raw = torch.ones(1, 4, 2, 2)
    assert torch.allclose(scale_latents(model.vae, raw), raw * 0.18215)


def test_unscaling_undoes_scaling(model: TinyModel) -> None:
    raw = torch.randn(1, 4, 2, 2)
    assert torch.allclose(unscale_latents(model.vae, scale_latents(model.vae, raw)), raw, atol=1e-6)


@torch.no_grad()
def test_latents_are_decoded_to_pixels(model: TinyModel) -> None:
    raw = torch.randn(1, 4, 6, 8)
    pictures = decode_latents(model.vae, scale_latents(model.vae, raw))
    expected = ((model.vae.decode(raw).sample.clamp(-1, 1) + 1) * 127.5).permute(0, 2, 3, 1)
    assert pictures.shape == (1, 48, 64, 3)
    assert pictures.dtype == torch.uint8
    assert (pictures.float() - expected).abs().max() <= 0.51


def test_pixels_span_minus_one_to_one() -> None:
    pixels = torch.tensor([[[[0, 255, 51]]]], dtype=torch.uint8)
    assert torch.allclose(pixels_to_unit(pixels).flatten(), torch.tensor([-1.0, 1.0, -0.6]))
