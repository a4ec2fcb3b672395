"""Runs a WD14-shaped tagger over pictures: NHWC, blue green red, 0..255, padded to a square with white."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from PIL import Image

from bakehouse.errors import NotFoundError

WHITE = (255, 255, 255)
BATCH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A row of selected_tags.csv; its place in the file is the output's index."""

    name: str
    category: int


class Tagger:
    """A tagger's folder, loaded: model.onnx and selected_tags.csv."""

    def __init__(self, folder: Path, *, num_threads: int = 1) -> None:
        if not (folder / "model.onnx").exists():
            raise NotFoundError(f"{folder}: no model.onnx; bake it with `python -m demo.bake_models tagger`")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        given = self._session.get_inputs()[0]
        self._name: str = given.name
        self.side: int = given.shape[1]
        self.tags = read_tags(folder / "selected_tags.csv")

    def scores(self, pictures: Sequence[Image.Image]) -> npt.NDArray[np.float32]:
        """Each tag's probability. Takes RGB pictures of any size; returns (n, num_tags) float32 in 0..1."""
        answers = [self._session.run(None, {self._name: batch})[0] for batch in self._batches(pictures)]
        scores: npt.NDArray[np.float32] = np.concatenate(answers)
        return scores

    def index(self, name: str) -> int:
        """The output's index of a tag."""
        return next(place for place, tag in enumerate(self.tags) if tag.name == name)

    def _batches(self, pictures: Sequence[Image.Image]) -> Iterator[npt.NDArray[np.float32]]:
        for start in range(0, len(pictures), BATCH):
            yield np.stack([squared(picture, self.side) for picture in pictures[start : start + BATCH]])


def read_tags(path: Path) -> tuple[Tag, ...]:
    """The rows of a selected_tags.csv, in the file's order."""
    with path.open(newline="") as file:
        return tuple(Tag(name=row["name"], category=int(row["category"])) for row in csv.DictReader(file))


def squared(picture: Image.Image, side: int) -> npt.NDArray[np.float32]:
    """An RGB picture fitted into the middle of a white square, bicubic.

    Returns (side, side, 3) float32, blue green red, 0..255.
    """
    factor = side / max(picture.size)
    fitted = picture.resize(
        (max(1, round(picture.width * factor)), max(1, round(picture.height * factor))),
        Image.Resampling.BICUBIC,
    )
    canvas = Image.new("RGB", (side, side), WHITE)
    canvas.paste(fitted, ((side - fitted.width) // 2, (side - fitted.height) // 2))
    return np.ascontiguousarray(np.asarray(canvas, dtype=np.float32)[:, :, ::-1])
