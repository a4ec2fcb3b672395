"""Thumbnail, hashes and sharpness of a picture with Pillow, all from one small copy of it."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from services.dataset.domain.looks import (
    DHASH_SIZE,
    PHASH_EDGE,
    Grey,
    dhash,
    phash,
    sharpness,
)
from services.dataset.domain.pixel_rules import SHARPNESS_EDGE, THUMBNAIL_EDGE

_QUALITY = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What a picture is like. `thumbnail` is a JPEG."""

    thumbnail: bytes
    phash: str
    dhash: str
    sharpness: float


def looks_of(image: Image.Image) -> Looks:
    """The looks of an upright RGB or grey picture, or of a copy that is no smaller than `SHARPNESS_EDGE`."""
    times = max(image.size) // SHARPNESS_EDGE
    small = image.reduce(times) if times > 1 else image  # as JPEGs are read smaller: by whole numbers
    grey = small.convert("L")
    return Looks(
        thumbnail=_thumbnail(small),
        phash=phash(_grey(grey, (PHASH_EDGE, PHASH_EDGE))),
        dhash=dhash(_grey(grey, DHASH_SIZE)),
        sharpness=sharpness(_grey(grey, fitted(image.size, SHARPNESS_EDGE))),
    )


def fitted(size: tuple[int, int], edge: int) -> tuple[int, int]:
    """The size of the same shape whose longer edge is `edge`."""
    longer = max(size)
    width, height = (max(1, round(side * edge / longer)) for side in size)
    return width, height


def _thumbnail(small: Image.Image) -> bytes:
    if max(small.size) > THUMBNAIL_EDGE:
        small = small.resize(fitted(small.size, THUMBNAIL_EDGE), Image.Resampling.HAMMING)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _grey(grey: Image.Image, size: tuple[int, int]) -> Grey:
    return np.asarray(grey if grey.size == size else grey.resize(size, Image.Resampling.LANCZOS))
