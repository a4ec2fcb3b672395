"""Pictures as a tagger looks at them, compared with the way that WD14's own demonstration goes."""

import io

import numpy as np
import pytest
from PIL import Image

from bakehouse.cache.revisions import golden_problem
from bakehouse.errors import InvalidInputError
from services.captioner.adapters.pillow_square import read_square
from services.captioner.domain.square import TAGS_REVISION
from tests.services.captioner.snapshots import png

GOLDENS = {1: "7cbae472ac7746dfe1c365ea642e2a4a3377d4d808958492062c0dd2965ddbb4"}


def waves(width: int, height: int) -> Image.Image:
    """A smooth picture of many colours."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [np.sin(x / 60) * 90 + 128, np.sin(y / 50) * 90 + 128, np.sin((x + y) / 70) * 90 + 128]
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


def steps(width: int, height: int) -> Image.Image:
    """A picture made of whole numbers alone: the same on every machine."""
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([x * 5 % 256, y * 7 % 256, (x + y) * 3 % 256], axis=-1).astype(np.uint8))


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def padded_first(picture: Image.Image, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The same by padding at full size, which the taggers were trained with."""
    longest = max(picture.size)
    square = Image.new("RGB", (longest, longest), (255, 255, 255))
    square.paste(picture, ((longest - picture.width) // 2, (longest - picture.height) // 2))
    return np.asarray(square.resize((side, side), Image.Resampling.BICUBIC))[:, :, ::-1]


def test_a_picture_lies_in_the_middle_of_white_blue_first() -> None:
    square = read_square(png((250, 100, 10), size=(40, 20)), side=8)
    assert square.shape == (8, 8, 3)
    assert square.dtype == np.uint8
    assert (square[2:6] == (10, 100, 250)).all()
    assert (square[:2] == 255).all()
    assert (square[6:] == 255).all()


@pytest.mark.parametrize("size", [(300, 300), (300, 200), (123, 300), (48, 32)])
def test_it_is_what_padding_first_gives_but_for_the_seam(size: tuple[int, int]) -> None:
    picture = waves(*size)
    difference = np.abs(
        read_square(encoded(picture), side=64).astype(int) - padded_first(picture, 64).astype(int)
    )
    assert np.median(difference) <= 2
    assert difference.mean() < 4


@pytest.mark.parametrize("mode", ["L", "P", "RGB"])
def test_any_plain_mode_is_read(mode: str) -> None:
    data = encoded(Image.new("RGB", (4, 4), (255, 255, 255)).convert(mode))
    assert (read_square(data, side=4) == 255).all()


@pytest.mark.parametrize(
    "data", [b"", b"a text named .png", png((1, 2, 3))[:45], encoded(waves(300, 300), "JPEG")[:1500]]
)
def test_what_can_not_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInputError, match=r"^it can't be read \([^<>]+\); give a whole picture$"):
        read_square(data, side=8)


def test_the_revision_tells_of_every_change() -> None:
    sizes = [(70, 50), (20, 30)]
    output = b"".join(read_square(encoded(steps(*size)), side=32).tobytes() for size in sizes)
    assert golden_problem(TAGS_REVISION, output, GOLDENS) is None
