"""Odd pictures, drawn in the test: what people's folders hold."""

import io
import struct
import zlib
from collections.abc import Mapping

from PIL import Image, ImageCms, ImageDraw, ImageFilter

from services.dataset.adapters.plugins import formats_of
from tests.services.dataset.animations import chunk

_MAGIC = {"JXL": b"\xff\x0a", "HEIF": b"\0\0\0\x18ftypheic"}
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


def turned_alpha(width: int, height: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = two_halves(width, height).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, width // 2, height))
    return saved(image, "PNG", exif=exif)


def see_through_noise(width: int, height: int) -> Image.Image:
    image = Image.effect_noise((width, height), 90).point(lambda level: min(level, 150)).convert("RGBA")
    image.putalpha(128)
    return image


def is_near(found: object, wanted: tuple[int, int, int], *, most: int = 12) -> bool:
    assert isinstance(found, tuple)
    return all(abs(one - other) <= most for one, other in zip(found, wanted, strict=True))


def picture_of(kind: str, image: Image.Image) -> bytes:
    """A file of a format, of those too that Pillow writes only with a plugin, or not at all."""
    formats_of(_MAGIC.get(kind, b""))  # loads the plugin
    return psd(image) if kind == "PSD" else saved(image, kind)


def psd(image: Image.Image) -> bytes:
    """A flat PSD: its header, three empty sections, and the channels one behind the other."""
    image = image.convert("RGB")
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, image.height, image.width, 8, 3)
    planes = b"".join(channel.tobytes() for channel in image.split())
    return header + bytes(12) + struct.pack(">H", 0) + planes


def animation(width: int = 100, height: int = 80) -> bytes:
    first, second = two_halves(width, height, RED, RED), two_halves(width, height, GREEN, GREEN)
    return saved(first, "GIF", save_all=True, append_images=[second], duration=100)


def cmyk(width: int = 100, height: int = 80) -> bytes:
    return saved(two_halves(width, height).convert("CMYK"), "JPEG", quality=95)


def sixteen_bit_grey(width: int = 64, height: int = 64) -> bytes:
    image = Image.new("I;16", (width, height), 0x8000)
    return saved(image, "PNG")


def sixteen_bit_colour(width: int = 4, height: int = 4) -> bytes:
    """A red PNG with two bytes a channel, which Pillow reads and can't write."""
    line = b"\0" + b"".join(struct.pack(">H", level * 257) for level in RED) * width
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(line * height)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in chunks)


def truncated(width: int = 200, height: int = 200) -> bytes:
    noisy = Image.effect_noise((width, height), 80).convert("RGB")
    whole = saved(noisy, "PNG")
    return whole[: len(whole) // 2]


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def portrait(width: int, height: int, *, at: tuple[int, int], edge: int, kind: str = "PNG") -> bytes:
    """A drawn face of `edge` x `edge` px, its upper left corner `at`: Haar's cascade takes it for one."""
    image = Image.new("RGB", (width, height), _GROUND)
    image.paste(_face(edge), at)
    return saved(image, kind)


_GROUND = (90, 120, 90)
# Ellipses: middle and radii in parts of the edge, colour. Hair, skin, then eyes, nostrils and the mouth.
_HEAD = ((0.5, 0.47, 0.36, 0.46, (60, 40, 30)), (0.5, 0.53, 0.30, 0.40, (224, 180, 150)))
_FEATURES = (
    *((x, 0.45, 0.085, 0.055, (120, 80, 65)) for x in (0.38, 0.62)),
    *((x, 0.46, 0.065, 0.030, (245, 245, 245)) for x in (0.38, 0.62)),
    *((x, 0.46, 0.030, 0.030, (40, 25, 20)) for x in (0.38, 0.62)),
    *((x, 0.39, 0.085, 0.015, (60, 40, 30)) for x in (0.38, 0.62)),
    *((x, 0.62, 0.018, 0.012, (150, 100, 85)) for x in (0.47, 0.53)),
    (0.5, 0.73, 0.105, 0.03, (170, 70, 70)),
)


def _face(edge: int) -> Image.Image:
    large = 4 * edge
    image = Image.new("RGB", (large, large), _GROUND)
    draw = ImageDraw.Draw(image)
    for x, y, across, down, colour in (*_HEAD, *_FEATURES):
        box = [part * large for part in (x - across, y - down, x + across, y + down)]
        draw.ellipse(box, fill=colour)
    small = image.resize((edge, edge), Image.Resampling.LANCZOS)
    return small.filter(ImageFilter.GaussianBlur(edge / 150))


def odd_folder() -> Mapping[str, bytes]:
    """Names and bytes: nine pictures that can be used, four that can't."""
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
