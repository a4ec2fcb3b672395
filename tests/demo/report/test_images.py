"""Pictures inside a page."""

import base64
from io import BytesIO

import pytest
from PIL import Image

from demo.report.images import data_url, exact_url
from tests.demo.report.stories import BEFORE, picture


def opened(url: str) -> Image.Image:
    return Image.open(BytesIO(base64.b64decode(url.partition("base64,")[2])))


@pytest.mark.parametrize(
    ("size", "shown"), [((600, 300), (168, 84)), ((40, 40), (40, 40)), ((1, 900), (1, 168))]
)
def test_a_large_picture_is_shown_small(size: tuple[int, int], shown: tuple[int, int]) -> None:
    url = data_url(picture(size=size))
    assert (opened(url).size, url.startswith("data:image/webp;base64,")) == (shown, True)


def test_a_sample_is_shown_pixel_for_pixel() -> None:
    shown = opened(exact_url(picture()))
    assert (shown.size, shown.getpixel((3, 3))) == ((64, 48), BEFORE)
