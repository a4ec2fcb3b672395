import io
from typing import Any

import pytest
from PIL import Image, ImageOps

from services.dataset.adapters.pillow import PillowDecoder
from services.dataset.domain.decoding import PLAIN, Decoding
from services.dataset.domain.pixel_rules import Box
from services.dataset.domain.probe import Trimmed
from services.dataset.ports import BrokenPictureError, Decoded
from tests.services.dataset.pictures import (
    BLUE,
    RED,
    animation,
    is_near,
    picture_of,
    png,
    saved,
    see_through,
    see_through_noise,
    sixteen_bit_colour,
    sixteen_bit_grey,
    turned_alpha,
    turned_jpeg,
    two_halves,
)

DECODER = PillowDecoder(max_pixels=250_000, max_file_pixels=1_000_000)
NOISE = Image.effect_noise((300, 300), 80).convert("RGB")


def only(data: bytes, **choices: Any) -> Decoded:
    (found,) = DECODER.decode(data, Decoding(**choices))
    return found


def opened(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(io.BytesIO(data))


def rendition(data: bytes, **choices: Any) -> Image.Image:
    image = opened(only(data, **choices).rendition)
    assert (image.mode, image.format, image.info) == ("RGB", "PNG", {})
    return image


def reason(data: bytes, **choices: Any) -> str:
    with pytest.raises(BrokenPictureError) as caught:
        [*DECODER.decode(data, Decoding(**choices))]
    return caught.value.reason


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "AVIF", "PPM", "TGA"])
def test_a_plain_picture_is_its_own_picture(kind: str) -> None:
    found = only(saved(two_halves(40, 20), kind))
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
    found = only(data)
    assert image.size == (found.width, found.height) == size
    level = image.getpixel(red)
    assert isinstance(level, tuple)
    assert all(abs(one - other) < 8 for one, other in zip(level, RED, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "TIFF", "HEIF", "JXL"])
def test_other_formats_are_turned_upright_too(kind: str) -> None:
    picture_of(kind, two_halves(8, 8))  # loads the plugin
    exif = Image.Exif()
    exif[0x0112] = 6
    # TIFF: Pillow turns it on reading
    tag = {"tiffinfo": {0x0112: 6}} if kind == "TIFF" else {"exif": exif.tobytes()}
    data = saved(two_halves(80, 40), kind, **tag)
    found = only(data)
    image = opened(found.rendition or data).convert("RGB")
    assert image.size == (found.width, found.height) == (40, 80)
    assert is_near(image.getpixel((20, 8)), RED)


@pytest.mark.parametrize("orientation", [0, 1, 9])
def test_an_orientation_that_means_nothing_is_none(orientation: int) -> None:
    assert only(turned_jpeg(40, 20, orientation)).rendition is None


def test_the_first_frame_is_the_picture() -> None:
    assert rendition(animation()).getpixel((50, 40)) == RED
    several = saved(two_halves(8, 8), "TIFF", save_all=True, append_images=[two_halves(9, 9)])
    assert rendition(several).size == (8, 8)


def test_more_than_eight_bits_are_brought_to_eight() -> None:
    assert rendition(sixteen_bit_grey()).getpixel((0, 0)) == (127, 127, 127)
    assert rendition(sixteen_bit_colour()).getpixel((1, 1)) == RED
    linear = picture_of("JXL", Image.new("I;16", (8, 8), 0x8080))  # by the profile that it is given
    assert is_near(rendition(linear).getpixel((1, 1)), (188, 188, 188), most=1)


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


def test_a_psd_of_more_bits_is_named() -> None:
    deep = bytearray(picture_of("PSD", two_halves(8, 8)))
    deep[23] = 16
    with pytest.raises(BrokenPictureError, match="a PSD of 16 bits a channel; save it with 8"):
        only(bytes(deep))
    assert reason(bytes(deep)) == "odd_pixels"


def test_a_bomb_is_not_unpacked() -> None:
    assert reason(saved(Image.new("1", (600, 500)), "PNG")) == "too_many_pixels"
    assert reason(saved(Image.new("1", (20_000, 20_000)), "PNG")) == "too_many_pixels"


def test_a_rendition_is_the_same_each_time() -> None:
    assert only(turned_jpeg()) == only(turned_jpeg())
    assert only(png()).rendition is None
    assert rendition(see_through()).getpixel((89, 1)) == BLUE


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA"])
def test_what_convert_makes_plain_needs_no_rendition(mode: str) -> None:
    assert only(saved(two_halves(40, 20).convert(mode), "PNG")).rendition is None


@pytest.mark.parametrize("kind", ["HEIF", "JXL", "JPEG2000", "PSD", "GIF"])
def test_what_others_may_not_read_becomes_a_png(kind: str) -> None:
    found = only(picture_of(kind, two_halves(80, 40)))
    image = opened(found.rendition)
    assert (found.format, found.width, found.height, image.size) == (kind, 80, 40, (80, 40))
    assert is_near(image.getpixel((10, 20)), RED)
    assert is_near(image.getpixel((70, 20)), BLUE)
    assert found.media_type.startswith("image/")


def test_a_large_jpeg_is_only_looked_at_small() -> None:
    picture = two_halves(700, 350, RED, BLUE)
    small, whole = only(saved(picture, "JPEG", quality=95)), only(saved(picture, "PNG"))
    assert (small.width, small.height, small.rendition) == (700, 350, None)
    assert opened(small.thumbnail).size == opened(whole.thumbnail).size == (256, 128)
    assert (int(small.dhash, 16) ^ int(whole.dhash, 16)).bit_count() <= 4
    half = saved(NOISE, "JPEG")
    assert reason(half[: len(half) // 2]) == "broken"  # the whole of it is read all the same


def test_a_jpeg_with_a_preview_behind_it_is_one_picture() -> None:
    found = only(saved(NOISE, "MPO", save_all=True, append_images=[NOISE.resize((30, 30))]), frames=None)
    assert (found.format, found.media_type, found.width, found.rendition) == ("JPEG", "image/jpeg", 300, None)


def test_what_is_clear_is_before_the_chosen_colour() -> None:
    assert rendition(see_through()).getpixel((5, 5)) == (255, 255, 255)
    assert rendition(see_through(), background="#102030").getpixel((5, 5)) == (16, 32, 48)
    assert only(see_through()).mask is None


def test_alpha_is_kept_as_a_mask_of_the_pictures_size() -> None:
    found = only(see_through(90, 60), with_mask=True)
    mask = opened(found.mask)
    assert (mask.mode, mask.size) == ("L", (90, 60))
    assert (mask.getpixel((5, 5)), mask.getpixel((85, 5))) == (0, 255)
    assert only(png(), with_mask=True).mask is None
    turned = turned_alpha(90, 60)
    assert opened(only(turned, with_mask=True).mask).size == (60, 90)


def test_a_border_is_cut_off_and_told() -> None:
    framed = ImageOps.expand(see_through_noise(100, 80), (30, 20, 10, 40), (255, 255, 255, 255))
    found = only(saved(framed, "PNG"), fuzz=8.0, with_mask=True)
    assert found.trimmed == Trimmed(box=Box(x=30, y=20, width=100, height=80), width=140, height=140)
    assert opened(found.rendition).size == opened(found.mask).size == (100, 80)
    assert (found.width, found.height) == (100, 80)
    assert only(saved(framed, "PNG")).trimmed is None
    bare = saved(NOISE, "PNG")
    assert only(bare, fuzz=8.0) == only(bare)


def test_a_jpeg_loses_its_border_too() -> None:
    framed = ImageOps.expand(NOISE, 32, (0, 0, 0))
    found = only(saved(framed, "JPEG", quality=95), fuzz=8.0)
    assert found.trimmed is not None
    assert opened(found.rendition).size == (found.width, found.height)
    assert abs(found.width - 300) <= 2


def test_looks_are_those_of_the_picture_as_it_is_held() -> None:
    upright, turned = only(saved(NOISE, "PNG")), only(saved(NOISE.rotate(90, expand=True), "PNG"))
    assert upright.phash != turned.phash
    assert len(upright.phash) == len(upright.dhash) == 16
    assert upright.sharpness > 100 > only(png()).sharpness
    assert opened(upright.thumbnail).format == "JPEG"


def test_a_jpeg_xl_is_turned_once() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = rendition(saved(two_halves(40, 20), "JXL", exif=exif.tobytes(), lossless=True))
    assert image.size == (20, 40)
    assert is_near(image.getpixel((10, 2)), RED)


def test_a_bomb_in_jpeg_xl_is_not_unpacked() -> None:
    assert reason(picture_of("JXL", Image.new("RGB", (600, 500)))) == "too_many_pixels"


def test_plain_choices_are_those_of_no_choice() -> None:
    assert [*DECODER.decode(png(), PLAIN)] == [only(png())]
