import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bakehouse.errors import NotFoundError
from demo.drawing import draw
from demo.grammar import CONCEPT, Motif
from demo.places import TAGGER
from demo.tagging import Tagger, squared

MOTIF = Motif(shape="star", colour="red", ground="grey")


def test_the_baked_tagger_has_wd14s_groups() -> None:
    groups = {
        category: [tag.name for tag in Tagger(TAGGER).tags if tag.category == category]
        for category in (9, 0, 4)
    }
    assert groups[9] == ["general", "sensitive", "questionable", "explicit"]
    assert {"star", "red_shape", "grey_ground"} <= set(groups[0])
    assert groups[4] == [CONCEPT]


def test_scores_are_the_same_in_any_batch() -> None:
    tagger = Tagger(TAGGER)
    rng = random.Random(2)
    pictures = [draw(MOTIF, 50 + 10 * k, 90, rng) for k in range(5)]
    together = tagger.scores(pictures)
    alone = np.concatenate([tagger.scores([picture]) for picture in pictures])
    assert together.shape == (5, len(tagger.tags))
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert (together[:, tagger.index("star")] > 0.5).all()
    assert (together[:, tagger.index("general")] > 0.9).all()


def test_a_square_is_padded_with_white_and_blue_comes_first() -> None:
    pixels = squared(Image.new("RGB", (80, 40), (10, 20, 30)), 64)
    assert pixels.shape == (64, 64, 3)
    assert pixels.dtype == np.dtype(np.float32)
    assert pixels[32, 32].tolist() == [30, 20, 10]
    assert pixels[0, 32].tolist() == pixels[63, 0].tolist() == [255, 255, 255]


def test_a_folder_without_a_tagger_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no model\.onnx"):
        Tagger(tmp_path)
