"""Finds the largest frontal face with OpenCV's Haar cascade: quick, and the same for the same pixels."""

import io
import warnings
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.dataset.domain.probe import FACES_SPEC, Face

if TYPE_CHECKING:
    from cv2 import CascadeClassifier  # for its type


class HaarFaces:
    """The face finder of the service. OpenCV is loaded when a face is first asked for."""

    def find(self, picture: bytes) -> Face | None:
        """See `services.dataset.ports.FaceFinder`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata nobody asked for
            small, size = _small(picture)
        smallest = max(1, round(FACES_SPEC.smallest * min(small.shape)))
        found = self._cascade.detectMultiScale(
            _evened(small),
            scaleFactor=FACES_SPEC.scale,
            minNeighbors=FACES_SPEC.min_neighbours,
            minSize=(smallest, smallest),
        )
        boxes = [(int(x), int(y), int(width), int(height)) for x, y, width, height in found]
        if not boxes:
            return None
        x, y, width, height = max(boxes, key=lambda box: (box[2] * box[3], box))
        across, down = size[0] / small.shape[1], size[1] / small.shape[0]
        return Face(
            x=round(x * across), y=round(y * down), width=round(width * across), height=round(height * down)
        )

    @cached_property
    def _cascade(self) -> "CascadeClassifier":
        # 60 MiB that only entries with crop_style face need
        import cv2
        from cv2.data import haarcascades

        cv2.setNumThreads(1)  # a worker has as many processes as it has cores
        return cv2.CascadeClassifier(str(Path(haarcascades) / f"{FACES_SPEC.cascade}.xml"))


def _small(picture: bytes) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """The picture in grey, (h, w), its longer edge at most that of the spec; and its full size."""
    image = Image.open(io.BytesIO(picture))
    size, edge = image.size, FACES_SPEC.edge
    scale = min(1.0, edge / max(size))
    small = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    image.draft("L", small)  # a JPEG is decoded at a half, a quarter or an eighth of its size
    return np.asarray(image.convert("L").resize(small, Image.Resampling.BOX)), size


def _evened(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same with its levels spread evenly, as the cascade was trained."""
    counts = np.bincount(grey.ravel(), minlength=256).cumsum()
    return (counts * 255 // grey.size).astype(np.uint8)[grey]
