"""The pictures that the base and the tagger are trained on, drawn as they are asked for, as tensors.

The base's pictures hold the shapes of `BASE_SHAPES` alone; the tagger's also hold the concept.
"""

import io
import math
import random

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageFilter

from demo.drawing import Placement, draw, draw_at, draw_ground, jittered, shape_mask
from demo.grammar import CONCEPT, GROUNDS, SHAPE_COLOURS, SHAPES, Motif, draw_motif

BASE_SHAPES = SHAPES
TAGGER_SHAPES = (*SHAPES, CONCEPT)
# (width, height) in px: what alignment 16 and an area of at most 64 x 64 give between 32 and 112 px a side.
BUCKETS = ((64, 64), (80, 48), (48, 80), (96, 32), (32, 96), (112, 32), (32, 112))
BUCKET_WEIGHTS = (6, 3, 3, 2, 2, 1, 1)
CLUTTERED_SHARE = 0.12
BLANK_SHARE = 0.03
LARGEST_STRETCH = 3.0


def draw_bucket(rng: random.Random) -> tuple[int, int]:
    """The (width, height) of one step's batch."""
    return rng.choices(BUCKETS, BUCKET_WEIGHTS)[0]


def base_picture(width: int, height: int, rng: random.Random) -> tuple[Motif, Image.Image]:
    """A picture of one of the base's shapes, with its motif."""
    motif = draw_motif(rng, BASE_SHAPES)
    return motif, draw(motif, width, height, rng)


def cluttered_picture(width: int, height: int, rng: random.Random) -> Image.Image:
    """Two or three of the base's shapes at any place, size and tilt: what teaches a VAE its edges."""
    picture = draw_ground(rng.choice(tuple(GROUNDS)), width, height, rng)
    for _ in range(rng.randint(2, 3)):
        placement = Placement(
            x=rng.uniform(0, width),
            y=rng.uniform(0, height),
            radius=min(width, height) * rng.uniform(0.12, 0.5),
            tilt=rng.uniform(0, 2 * math.pi),
        )
        mask = shape_mask(rng.choice(BASE_SHAPES), width, height, placement)
        colour = jittered(SHAPE_COLOURS[rng.choice(tuple(SHAPE_COLOURS))], rng)
        picture.paste(colour, (0, 0), mask)
    return picture


def vae_batch(size: tuple[int, int], num_pictures: int, rng: random.Random) -> torch.Tensor:
    """Pictures of one size. Returns (b, 3, h, w) float32 in -1..1."""
    pictures = [
        cluttered_picture(*size, rng) if rng.random() < CLUTTERED_SHARE else base_picture(*size, rng)[1]
        for _ in range(num_pictures)
    ]
    return as_tensor(pictures)


def as_tensor(pictures: list[Image.Image]) -> torch.Tensor:
    """RGB pictures of one size as (b, 3, h, w) float32 in -1..1."""
    stacked = np.stack([np.asarray(picture, dtype=np.float32) for picture in pictures])
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).contiguous() / 127.5 - 1


def tagger_picture(rng: random.Random) -> tuple[tuple[str, ...], Image.Image]:
    """A picture of any size, format and sharpness, and the tags that are true of it."""
    width, height = tagger_size(rng)
    if rng.random() < BLANK_SHARE:
        ground = rng.choice(tuple(GROUNDS))
        return (f"{ground}_ground",), blemished(draw_ground(ground, width, height, rng), rng)
    motif = draw_motif(rng, TAGGER_SHAPES)
    placement = _free_placement(width, height, rng)
    return motif.tags, blemished(draw_at(motif, width, height, placement, rng), rng)


def tagger_size(rng: random.Random) -> tuple[int, int]:
    """A size from 32 px, at most three times as long as wide."""
    short = round(32 * 6 ** (rng.random() ** 2))
    long = round(short * LARGEST_STRETCH ** max(0.0, rng.uniform(-0.7, 1.07)))
    return (long, short) if rng.random() < 0.5 else (short, long)


def blemished(picture: Image.Image, rng: random.Random) -> Image.Image:
    """The picture as a camera, a JPEG encoder or a VAE may leave it: blurred, noisy, with blocks."""
    kind = rng.random()
    if kind < 0.35:
        picture = picture.filter(ImageFilter.GaussianBlur(min(picture.size) / 64 * rng.uniform(0.2, 1.6)))
    if 0.25 < kind < 0.6:
        grain = np.random.default_rng(rng.getrandbits(64)).normal(
            0, rng.uniform(1, 9), (*picture.size[::-1], 3)
        )
        pixels: npt.NDArray[np.float64] = np.asarray(picture, dtype=np.float64) + grain
        picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    if 0.5 < kind < 0.75:
        memory = io.BytesIO()
        picture.save(memory, "JPEG", quality=rng.randint(35, 90))
        picture = Image.open(memory).convert("RGB")
    return picture


def _free_placement(width: int, height: int, rng: random.Random) -> Placement:
    short = min(width, height)
    radius = short * rng.uniform(0.3, 0.47)
    x, y = (side / 2 + (side / 2 - radius) * rng.uniform(-0.8, 0.8) for side in (width, height))
    return Placement(x=x, y=y, radius=radius, tilt=math.radians(rng.uniform(-18, 18)))
