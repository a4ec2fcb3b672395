"""What encoding needs of the world: something that computes with models, something that reads pictures."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bakehouse.base_model import BaseModel
from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.shards import Tensor
from bakehouse.digest import Digest
from services.encoder.domain.crop import Crop
from services.encoder.specs import LatentsSpec, TextsSpec

Pixels = npt.NDArray[np.uint8]


class Encoder(Protocol):
    """Computes with base models; those that it loaded for one call serve the next.

    Every method raises `MemoryError` where the batch did not fit, and for a model that can't be used
    `NotFoundError`, `InvalidInputError` or `CorruptionError`. `blobs` may be those of any project.
    """

    def describe(self, blobs: Blobs, files: Digest) -> BaseModel:
        """The description of the model with this listing."""
        ...

    def prepare(self, blobs: Blobs, spec: LatentsSpec | TextsSpec) -> None:
        """Load what encoding by `spec` needs, so that a model that can't be used is no picture's fault."""
        ...

    def encode_pictures(
        self, blobs: Blobs, spec: LatentsSpec, pictures: Sequence[Pixels]
    ) -> list[Tensor | None]:
        """The raw latents of pictures of one size, each (h, w, 3); None for one that came out as NaN."""
        ...

    def encode_texts(self, blobs: Blobs, spec: TextsSpec, texts: Sequence[str]) -> list[Tensor]:
        """The hidden states of texts."""
        ...


class ReadCrop(Protocol):
    """Reads pictures. Called from many threads."""

    def __call__(self, data: bytes, crop: Crop) -> Pixels:
        """What `crop` cuts out of the picture in `data`: (crop.height, crop.width, 3), RGB.

        Raises:
            InvalidInputError: it can't be decoded.
        """
        ...
