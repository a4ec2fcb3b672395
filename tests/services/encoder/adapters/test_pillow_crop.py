import io

import numpy as np
import pytest
from PIL import Image

from bakehouse.cache.revisions import golden_problem
from bakehouse.errors import InvalidInputError
from services.encoder.adapters.pillow_crop import read_crop
from services.encoder.domain.crop import LATENT_REVISION
from tests.services.encoder.domain.test_crop import crop
from tests.services.encoder.snapshots import gradient, png

# The digest of the pixels of the last test, for every revision that there ever was.
GOLDENS = {1: "cc541558de0b453d13dd5a1d2c98b9d8c50a671a2f6100a57d54daade4e3580c"}


def test_a_picture_of_the_right_size_is_only_decoded() -> None:
    picture = gradient(1, (64, 48))
    assert np.array_equal(read_crop(png(picture), crop(0)), np.asarray(picture))


def test_a_picture_is_resized_with_lanczos_and_then_cut() -> None:
    picture = gradient(2, (200, 120))
    found = read_crop(png(picture), crop(0, resize_width=80, resize_height=48, x=10, y=0))
    resized = picture.resize((80, 48), Image.Resampling.LANCZOS)
    assert np.array_equal(found, np.asarray(resized)[:, 10:74])


def test_a_flip_mirrors_what_was_cut() -> None:
    data = png(gradient(3))
    flipped = read_crop(data, crop(0, flip=True))
    assert np.array_equal(flipped, read_crop(data, crop(0))[:, ::-1])


def test_grey_becomes_three_channels() -> None:
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "PNG")
    assert read_crop(file.getvalue(), crop(0)).shape == (48, 64, 3)


@pytest.mark.parametrize("data", [b"", b"no picture", png(gradient(4))[:200]], ids=["empty", "text", "cut"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInputError, match="can't be decoded"):
        read_crop(data, crop(0))


def test_a_crop_beside_the_picture_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="64x48 px at 1,0 lie beside its 64x48 px"):
        read_crop(png(gradient()), crop(0, x=1))


def test_the_revision_is_that_of_the_output() -> None:
    found = read_crop(png(gradient(5, (173, 111))), crop(0, resize_width=75, resize_height=48, x=4))
    assert golden_problem(LATENT_REVISION, found.tobytes(), GOLDENS) is None
