import io

import pytest
from PIL import Image

from services.dataset.adapters.pillow import PillowDecoder
from services.dataset.ports import BrokenPictureError
from tests.services.dataset.pictures import (
    BLUE,
    RED,
    animation,
    png,
    saved,
    sixteen_bit_grey,
    turned_jpeg,
    two_halves,
)

DECODER = PillowDecoder(max_pixels=250_000)
NOISE = Image.effect_noise((300, 300), 80).convert("RGB")


def rendition(data: bytes) -> Image.Image:
    found = DECODER.decode(data).rendition
    assert found is not None
    image = Image.open(io.BytesIO(found))
    assert (image.mode, image.format, image.info) == ("RGB", "PNG", {})
    return image


def reason(data: bytes) -> str:
    with pytest.raises(BrokenPictureError) as caught:
        DECODER.decode(data)
    return caught.value.reason


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "AVIF", "PPM", "TGA"])
def test_a_plain_picture_is_its_own_picture(kind: str) -> None:
    found = DECODER.decode(saved(two_halves(40, 20), kind))
    assert (found.format, found.width, found.height, found.rendition) == (kind, 40, 20, None)


# Where the red half of a picture of 40 x 20 px, red on the left, is seen when it is held upright.
@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [
        (2, (40, 20), (37, 10)),
        (3, (40, 20), (37, 10)),
        (4, (40, 20), (2, 10)),
        (5, (20, 40), (10, 2)),
        (6, (20, 40), (10, 2)),
        (7, (20, 40), (10, 37)),
        (8, (20, 40), (10, 37)),
    ],
)
def test_every_orientation_is_turned_upright(
    orientation: int, size: tuple[int, int], red: tuple[int, int]
) -> None:
    data = turned_jpeg(40, 20, orientation)
    image = rendition(data)
    found = DECODER.decode(data)
    assert image.size == (found.width, found.height) == size
    level = image.getpixel(red)
    assert isinstance(level, tuple)
    assert all(abs(one - other) < 8 for one, other in zip(level, RED, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "TIFF"])
def test_other_formats_are_turned_upright_too(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    tag = {"tiffinfo": {0x0112: 6}} if kind == "TIFF" else {"exif": exif}  # TIFF: Pillow turns it on reading
    data = saved(two_halves(40, 20), kind, **tag)
    found = DECODER.decode(data)
    image = Image.open(io.BytesIO(found.rendition or data)).convert("RGB")
    assert image.size == (found.width, found.height) == (20, 40)
    level = image.getpixel((10, 2))
    assert isinstance(level, tuple)
    assert all(abs(one - other) < 8 for one, other in zip(level, RED, strict=True))


@pytest.mark.parametrize("orientation", [0, 1, 9])
def test_an_orientation_that_means_nothing_is_none(orientation: int) -> None:
    assert DECODER.decode(turned_jpeg(40, 20, orientation)).rendition is None


def test_the_first_frame_is_the_picture() -> None:
    assert rendition(animation()).getpixel((50, 40)) == RED
    several = saved(two_halves(8, 8), "TIFF", save_all=True, append_images=[two_halves(9, 9)])
    assert rendition(several).size == (8, 8)


def test_more_than_eight_bits_are_brought_to_eight() -> None:
    assert rendition(sixteen_bit_grey()).getpixel((0, 0)) == (127, 127, 127)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
def test_half_a_file_is_broken(kind: str) -> None:
    data = saved(NOISE, kind)
    assert reason(data[: len(data) // 2]) == "broken"


def test_a_flipped_bit_in_a_png_is_seen() -> None:
    data = bytearray(saved(NOISE, "PNG", compress_level=0))
    data[len(data) // 2] ^= 1
    assert reason(bytes(data)) == "broken"


@pytest.mark.parametrize("data", [b"just text", b"", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"])
def test_what_is_no_picture_is_told_apart(data: bytes) -> None:
    assert reason(data) == "not_an_image"


def test_a_bomb_is_not_unpacked() -> None:
    assert reason(saved(Image.new("1", (600, 500)), "PNG")) == "too_many_pixels"
    assert reason(saved(Image.new("1", (20_000, 20_000)), "PNG")) == "too_many_pixels"


def test_a_rendition_is_the_same_each_time() -> None:
    assert DECODER.decode(turned_jpeg()) == DECODER.decode(turned_jpeg())
    assert rendition(saved(two_halves(40, 20).convert("RGBA"), "PNG")).getpixel((39, 1)) == BLUE
    assert DECODER.decode(png()).rendition is None
