import io

import pytest
from PIL import Image

from services.dataset.adapters.shrinking import shrink
from tests.services.dataset.pictures import (
    RED,
    animation,
    cmyk,
    png,
    saved,
    see_through,
    srgb_profile,
    turned_jpeg,
)


def opened(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(io.BytesIO(data))


def test_the_shorter_edge_becomes_that_long() -> None:
    image = opened(shrink(png(300, 150), 50))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (100, 50))
    left = image.getpixel((5, 5))
    assert isinstance(left, tuple)
    assert all(abs(one - other) < 8 for one, other in zip(left, RED, strict=True))


def test_a_turned_picture_is_upright() -> None:
    image = opened(shrink(turned_jpeg(120, 80, orientation=6), 40))
    assert image.size == (40, 60)
    assert not image.getexif().get(0x0112)


def test_what_is_clear_stays_clear() -> None:
    image = opened(shrink(see_through(90, 90), 30))
    assert (image.format, image.mode, image.getpixel((2, 2))) == ("PNG", "RGBA", (0, 0, 0, 0))


def test_the_profile_goes_along() -> None:
    profile = srgb_profile()
    data = saved(Image.new("RGB", (200, 200), RED), "JPEG", icc_profile=profile)
    assert opened(shrink(data, 50)).info["icc_profile"] == profile


@pytest.mark.parametrize("data", [png(100, 80), animation(), b"no picture", png(300, 300)[:300]])
def test_what_is_small_moves_or_is_broken_stays_as_it_is(data: bytes) -> None:
    assert shrink(data, 80) is None


def test_other_modes() -> None:
    assert opened(shrink(cmyk(), 40)).mode == "CMYK"
    assert opened(shrink(saved(Image.new("L", (90, 90), 7), "PNG"), 40)).mode == "L"
    assert opened(shrink(saved(Image.new("P", (90, 90)), "PNG"), 40)).mode == "RGB"


def test_twice_is_the_same() -> None:
    assert shrink(png(300, 150), 50) == shrink(png(300, 150), 50)
