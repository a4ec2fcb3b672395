"""Odd pictures, drawn in the test: what people's folders hold."""

import io
from collections.abc import Mapping

from PIL import Image, ImageCms

RED, BLUE, GREEN = (220, 30, 30), (30, 30, 220), (20, 200, 40)


def two_halves(
    width: int, height: int, left: tuple[int, int, int] = RED, right: tuple[int, int, int] = BLUE
) -> Image.Image:
    image = Image.new("RGB", (width, height), left)
    image.paste(right, (width // 2, 0, width, height))
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(width: int = 96, height: int = 96, left: tuple[int, int, int] = RED) -> bytes:
    return saved(two_halves(width, height, left), "PNG")


def turned_jpeg(width: int = 120, height: int = 80, orientation: int = 6) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(two_halves(width, height), "JPEG", exif=exif.tobytes(), quality=95)


def see_through(width: int = 90, height: int = 90) -> bytes:
    image = two_halves(width, height).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, width // 2, height))
    return saved(image, "PNG")


def animation(width: int = 100, height: int = 80) -> bytes:
    first, second = two_halves(width, height, RED, RED), two_halves(width, height, GREEN, GREEN)
    return saved(first, "GIF", save_all=True, append_images=[second], duration=100)


def cmyk(width: int = 100, height: int = 80) -> bytes:
    return saved(two_halves(width, height).convert("CMYK"), "JPEG", quality=95)


def sixteen_bit_grey(width: int = 64, height: int = 64) -> bytes:
    image = Image.new("I;16", (width, height), 0x8000)
    return saved(image, "PNG")


def truncated(width: int = 200, height: int = 200) -> bytes:
    noisy = Image.effect_noise((width, height), 80).convert("RGB")
    whole = saved(noisy, "PNG")
    return whole[: len(whole) // 2]


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def odd_folder() -> Mapping[str, bytes]:
    """Names and bytes: ten pictures that can be used, three that can't."""
    return {
        "a/turned.jpg": turned_jpeg(),
        "a/turned.txt": b"a red half\na blue half\n",
        "a/plain.png": png(),
        "a/plain.txt": b"plain",
        "animated.gif": animation(),
        "cmyk.jpg": cmyk(),
        "deep.png": sixteen_bit_grey(),
        "grey.png": saved(two_halves(70, 100).convert("L"), "PNG"),
        "huge_aspect.png": png(3000, 10),
        "measured.tif": saved(Image.new("F", (64, 64), 0.5), "TIFF"),
        "notes.md": b"nothing to see",
        "palette.gif": saved(two_halves(64, 64).convert("P"), "GIF"),
        "see_through.png": see_through(),
        "text.png": b"this is a text, whatever it is called",
        "truncated.png": truncated(),
        "web.webp": saved(two_halves(128, 80), "WEBP", lossless=True),
    }
