"""Pictures to latents and back. Cached latents are raw: the posterior's mean, scaled when read."""

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import Tensor


def posterior_mean(vae: AutoencoderKL, pictures: Tensor) -> Tensor:
    """The mean of the posterior, unscaled: (b, c, h/8, w/8) in the VAE's dtype.

    Args:
        vae: whose dtype and device are used.
        pictures: (b, 3, h, w) in -1..1, h and w multiples of its factor.
    """
    mean: Tensor = vae.encode(pictures.to(dtype=vae.dtype, device=vae.device)).latent_dist.mean
    return mean


def scale_latents(vae: AutoencoderKL, raw: Tensor) -> Tensor:
    """Raw latents as the denoiser takes them: shifted and scaled to about unit variance."""
    return (raw - _shift(vae)) * _factor(vae)


def unscale_latents(vae: AutoencoderKL, latents: Tensor) -> Tensor:
    """The inverse of `scale_latents`."""
    return latents / _factor(vae) + _shift(vae)


def decode_latents(vae: AutoencoderKL, latents: Tensor) -> Tensor:
    """Scaled latents as pictures: (b, h, w, 3) uint8 on the CPU."""
    raw = unscale_latents(vae, latents).to(dtype=vae.dtype, device=vae.device)
    pictures: Tensor = vae.decode(raw).sample
    pictures = (pictures.float().clamp(-1, 1) + 1) * 127.5
    return pictures.round().to(torch.uint8).permute(0, 2, 3, 1).cpu().contiguous()


def pixels_to_unit(pixels: Tensor) -> Tensor:
    """(b, h, w, 3) uint8 to (b, 3, h, w) float32 in -1..1."""
    return (pixels.permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous()


def _shift(vae: AutoencoderKL) -> float:
    return float(vae.config["shift_factor"] or 0.0)


def _factor(vae: AutoencoderKL) -> float:
    return float(vae.config["scaling_factor"])
