import pytest
from PIL import Image, ImageCms

from services.dataset.adapters.colour import is_plain_colour, opacity
from services.dataset.adapters.colour import to_srgb as to_srgb_before
from services.dataset.ports import BrokenPictureError
from tests.services.dataset.pictures import RED, srgb_profile, two_halves

WHITE = (255, 255, 255)


def to_srgb(image: Image.Image, background: tuple[int, int, int] = WHITE) -> Image.Image:
    return to_srgb_before(image, background, opacity(image))


def profiled(image: Image.Image, profile: bytes) -> Image.Image:
    image.info["icc_profile"] = profile
    return image


def swapped_profile() -> bytes:
    """A profile in which red and blue have changed places: its tags are found by four letters."""
    return srgb_profile().replace(b"rXYZ", b"tmp_").replace(b"bXYZ", b"rXYZ").replace(b"tmp_", b"bXYZ")


def pixel(image: Image.Image) -> tuple[int, ...]:
    found = image.getpixel((1, 1))
    assert isinstance(found, tuple)
    return tuple(int(level) for level in found)


def test_a_profile_that_changes_nothing_is_srgb_whatever_its_name() -> None:
    assert is_plain_colour(two_halves(8, 8))
    assert is_plain_colour(profiled(two_halves(8, 8), srgb_profile()))
    assert is_plain_colour(profiled(two_halves(8, 8), b"no profile"))
    assert not is_plain_colour(profiled(two_halves(8, 8), swapped_profile()))


def test_a_profile_is_applied() -> None:
    red, _, blue = pixel(to_srgb(profiled(two_halves(8, 8), swapped_profile())))
    assert blue > 150 > red


def test_what_pillow_converts_rightly_is_plain_and_nothing_else() -> None:
    for mode in ("L", "P", "RGBA", "LA"):
        assert is_plain_colour(Image.new(mode, (4, 4)))
    for mode in ("CMYK", "1", "I;16", "YCbCr", "La"):
        assert not is_plain_colour(Image.new(mode, (4, 4)))
    keyed = Image.new("P", (4, 4))
    keyed.info["transparency"] = 3
    assert not is_plain_colour(keyed)


def test_how_opaque_it_is() -> None:
    assert opacity(two_halves(4, 4)) is None
    assert opacity(two_halves(4, 4).convert("RGBA")) is None
    half = two_halves(4, 4).convert("RGBA")
    half.putalpha(77)
    for mode in ("RGBA", "RGBa"):
        found = opacity(half.convert(mode))
        assert found is not None
        assert (found.mode, found.getpixel((1, 1))) == ("L", 77)
    premultiplied = Image.new("LA", (4, 4), (9, 77)).convert("La")
    assert opacity(premultiplied) is not None


def test_a_background_is_seen_through_what_is_clear() -> None:
    clear = Image.new("LA", (4, 4), (0, 0))
    assert pixel(to_srgb(clear, (1, 2, 3))) == (1, 2, 3)


def test_what_is_clear_becomes_white() -> None:
    clear = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    half = Image.new("RGBA", (4, 4), (*RED, 128))
    assert pixel(to_srgb(clear)) == (255, 255, 255)
    assert all(abs(a - (b + 255) // 2) <= 2 for a, b in zip(pixel(to_srgb(half)), RED, strict=True))
    keyed = two_halves(8, 8)
    keyed.info["transparency"] = RED
    assert pixel(to_srgb(keyed)) == (255, 255, 255)


@pytest.mark.parametrize(("level", "expected"), [(0, 0), (65535, 255), (0x8080, 128)])
def test_sixteen_bits_become_eight(level: int, expected: int) -> None:
    assert pixel(to_srgb(Image.new("I;16", (4, 4), level))) == (expected,) * 3
    assert pixel(to_srgb(Image.new("I", (4, 4), level))) == (expected,) * 3


@pytest.mark.parametrize("mode", ["F", "LAB"])
def test_measurements_have_no_colours(mode: str) -> None:
    with pytest.raises(BrokenPictureError, match="have no colours"):
        to_srgb(Image.new(mode, (4, 4)))
    with pytest.raises(BrokenPictureError, match="kind I have no colours"):
        to_srgb(Image.new("I", (4, 4), 70_000))


def test_a_profile_for_other_pixels_is_no_profile() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert is_plain_colour(profiled(two_halves(8, 8), lab))
    assert pixel(to_srgb(profiled(Image.new("L", (4, 4), 77), srgb_profile()))) == (77, 77, 77)
