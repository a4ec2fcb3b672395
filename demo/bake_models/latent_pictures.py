"""The base's pictures as latents, drawn and encoded once and kept in memory, by bucket."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from diffusers import AutoencoderKL
from PIL import Image

from demo.bake_models.training_pictures import BUCKET_WEIGHTS, BUCKETS, as_tensor, base_picture
from demo.grammar import Motif

ENCODED_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentPictures:
    """One bucket's pictures. latents: (n, 4, h/8, w/8) float32, scaled to unit variance."""

    motifs: tuple[Motif, ...]
    latents: torch.Tensor

    def batch(self, num_pictures: int, rng: random.Random) -> tuple[list[Motif], torch.Tensor]:
        """Pictures at random, with their motifs."""
        places = [rng.randrange(len(self.motifs)) for _ in range(num_pictures)]
        return [self.motifs[place] for place in places], self.latents[places]


def encode_pictures(vae: AutoencoderKL, num_pictures: int, rng: random.Random) -> list[LatentPictures]:
    """About `num_pictures` new pictures of the base's shapes, shared out over the buckets by their weight."""
    total = sum(BUCKET_WEIGHTS)
    return [
        _encode_bucket(vae, size, num_pictures * weight // total, rng)
        for size, weight in zip(BUCKETS, BUCKET_WEIGHTS, strict=True)
    ]


@torch.no_grad()
def _encode_bucket(
    vae: AutoencoderKL, size: tuple[int, int], num_pictures: int, rng: random.Random
) -> LatentPictures:
    drawn = [base_picture(*size, rng) for _ in range(num_pictures)]
    encoded = [vae.encode(part).latent_dist.mean for part in _parts([picture for _, picture in drawn])]
    latents = torch.cat(encoded) * vae.config.scaling_factor
    return LatentPictures(motifs=tuple(motif for motif, _ in drawn), latents=latents)


def _parts(pictures: list[Image.Image]) -> Iterator[torch.Tensor]:
    for start in range(0, len(pictures), ENCODED_AT_ONCE):
        yield as_tensor(pictures[start : start + ENCODED_AT_ONCE])
