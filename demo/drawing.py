"""Draws a motif: arguments in, picture out. All chance comes from the generator passed in."""

import math
import random
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from bakehouse.errors import InvalidInputError
from demo.grammar import CONCEPT, GROUNDS, SHAPE_COLOURS, Colour, Motif

Point: TypeAlias = tuple[float, float]

SMALLEST_SIDE, LARGEST_SIDE = 16, 4096
COLOUR_JITTER = 9
SHADING = 7.0
TILT_DEGREES = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a shape lies: centre in pixels, radius in pixels, tilt in radians."""

    x: float
    y: float
    radius: float
    tilt: float


def draw(motif: Motif, width: int, height: int, rng: random.Random) -> Image.Image:
    """The motif as an RGB picture of width x height pixels."""
    return draw_at(motif, width, height, place(width, height, rng), rng)


def draw_at(motif: Motif, width: int, height: int, placement: Placement, rng: random.Random) -> Image.Image:
    """The motif with its shape where `placement` says, as an RGB picture."""
    if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in (width, height)):
        raise InvalidInputError(f"{width}x{height} px: each side from {SMALLEST_SIDE} to {LARGEST_SIDE}")
    ground = ground_pixels(motif.ground, width, height, rng)
    colour = np.asarray(jittered(SHAPE_COLOURS[motif.colour], rng), dtype=np.float32)
    cover = np.asarray(shape_mask(motif.shape, width, height, placement), dtype=np.float32)[..., None] / 255
    mixed = ground * (1 - cover) + colour * cover
    return Image.fromarray(np.clip(mixed, 0, 255).round().astype(np.uint8))


def draw_ground(ground: str, width: int, height: int, rng: random.Random) -> Image.Image:
    """A ground with nothing on it, as an RGB picture."""
    pixels = ground_pixels(ground, width, height, rng)
    return Image.fromarray(np.clip(pixels, 0, 255).round().astype(np.uint8))


def place(width: int, height: int, rng: random.Random) -> Placement:
    """A placement near the centre that keeps the shape inside the central crop of a similar aspect."""
    short = min(width, height)
    radius = short * rng.uniform(0.36, 0.45)
    slack = short / 2 - radius
    spare = (max(width, height) - short) * 0.08
    across, along = rng.uniform(-slack, slack) * 0.8, rng.uniform(-slack - spare, slack + spare) * 0.8
    dx, dy = (along, across) if width >= height else (across, along)
    tilt = math.radians(rng.uniform(-TILT_DEGREES, TILT_DEGREES))
    return Placement(x=width / 2 + dx, y=height / 2 + dy, radius=radius, tilt=tilt)


def jittered(colour: Colour, rng: random.Random) -> Colour:
    """A colour a little off its palette value."""
    red, green, blue = (min(255, max(0, c + rng.randint(-COLOUR_JITTER, COLOUR_JITTER))) for c in colour)
    return (red, green, blue)


def ground_pixels(ground: str, width: int, height: int, rng: random.Random) -> npt.NDArray[np.float32]:
    """The ground with a faint linear shading. Returns (h, w, 3) float32 in 0..255, not clipped."""
    angle = rng.uniform(0, 2 * math.pi)
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :] * math.cos(angle)
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * math.sin(angle)
    colour = np.asarray(jittered(GROUNDS[ground], rng), dtype=np.float32)
    return np.asarray(colour + (across + down)[..., None] * np.float32(SHADING), dtype=np.float32)


def shape_mask(shape: str, width: int, height: int, placement: Placement) -> Image.Image:
    """The shape's cover as an 8-bit grey picture, with smooth edges."""
    factor = 4 if min(width, height) < 160 else 2
    large = Image.new("L", (width * factor, height * factor), 0)
    pen = ImageDraw.Draw(large)
    scaled = Placement(
        x=placement.x * factor, y=placement.y * factor, radius=placement.radius * factor, tilt=placement.tilt
    )
    if shape in {"circle", "ring"}:
        pen.ellipse(_box(scaled, 1.0), fill=255)
    else:
        pen.polygon([_onto(point, scaled) for point in outline(shape)], fill=255)
    if shape == "ring":
        pen.ellipse(_box(scaled, 0.55), fill=0)
    return large.reduce(factor)


def outline(shape: str) -> list[Point]:
    """The corners of a shape that has corners, in a unit circle's coordinates, y downwards.

    Raises:
        InvalidInputError: a shape without corners.
    """
    match shape:
        case "square":
            return [(-0.78, -0.78), (0.78, -0.78), (0.78, 0.78), (-0.78, 0.78)]
        case "triangle":
            return [(0.0, -0.95), (0.95, 0.8), (-0.95, 0.8)]
        case "cross":
            a, b = 0.32, 0.95
            quarter = [(a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b)]
            return quarter + [(-x, -y) for x, y in quarter]
        case "star":
            spokes = [(math.pi * (k / 5 - 0.5), 1.0 if k % 2 == 0 else 0.42) for k in range(10)]
            return [(math.cos(angle) * reach, math.sin(angle) * reach) for angle, reach in spokes]
        case _ if shape == CONCEPT:
            return [(-0.8, -0.95), (0.8, -0.95), (0.14, 0.0), (0.8, 0.95), (-0.8, 0.95), (-0.14, 0.0)]
        case _:
            raise InvalidInputError(
                f"shape {shape!r} has no corners: square, triangle, cross, star, {CONCEPT}"
            )


def _box(placement: Placement, share: float) -> tuple[float, float, float, float]:
    reach = placement.radius * share
    return (placement.x - reach, placement.y - reach, placement.x + reach, placement.y + reach)


def _onto(point: Point, placement: Placement) -> Point:
    cos, sin = math.cos(placement.tilt) * placement.radius, math.sin(placement.tilt) * placement.radius
    return (placement.x + point[0] * cos - point[1] * sin, placement.y + point[0] * sin + point[1] * cos)
