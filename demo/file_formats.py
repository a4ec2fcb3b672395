"""Saves a drawn picture in one of the file formats that a dataset meets."""

from enum import Enum
from pathlib import Path

import numpy as np
from PIL import Image

from bakehouse.errors import InvalidInputError

ORIENTATION_TAG = 0x0112
JPEG_QUALITY, WEBP_QUALITY = 90, 90
NUM_FRAMES, FRAME_MS = 4, 120


class Format(Enum):
    """A file format; the value is its word in file names."""

    PNG = "png"
    PNG_RGBA = "rgba"
    PNG_CUT_OUT = "cutout"
    PNG_GREY = "grey"
    JPEG = "jpeg"
    JPEG_TURNED_RIGHT = "exif6"
    JPEG_TURNED_LEFT = "exif8"
    JPEG_UPSIDE_DOWN = "exif3"
    JPEG_CMYK = "cmyk"
    WEBP = "webp"
    GIF_ANIMATED = "gif"

    @property
    def suffix(self) -> str:
        """The file name's ending, with its dot."""
        return _SUFFIXES[self.name.split("_", maxsplit=1)[0]]


_SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "GIF": ".gif"}
# The EXIF orientation, and how the upright picture is turned before it is stored under it.
_TURNS = {
    Format.JPEG_TURNED_RIGHT: (6, Image.Transpose.ROTATE_90),
    Format.JPEG_TURNED_LEFT: (8, Image.Transpose.ROTATE_270),
    Format.JPEG_UPSIDE_DOWN: (3, Image.Transpose.ROTATE_180),
}


def save(picture: Image.Image, path: Path, file_format: Format) -> None:
    """Writes an upright RGB picture. Shown as its format says, the file shows that picture.

    Raises:
        InvalidInputError: the path's ending is not the format's.
    """
    if path.suffix != file_format.suffix:
        raise InvalidInputError(f"{path.name}: a {file_format.value} file ends in {file_format.suffix}")
    match file_format:
        case Format.PNG:
            picture.save(path)
        case Format.PNG_RGBA:
            with_alpha(picture, whole=True).save(path)
        case Format.PNG_CUT_OUT:
            with_alpha(picture, whole=False).save(path)
        case Format.PNG_GREY:
            picture.convert("L").save(path)
        case Format.WEBP:
            picture.save(path, quality=WEBP_QUALITY)
        case Format.GIF_ANIMATED:
            _save_gif(picture, path)
        case _:
            _save_jpeg(picture, path, file_format)


def with_alpha(picture: Image.Image, *, whole: bool) -> Image.Image:
    """The picture as RGBA: opaque, or with a see-through rim under which the pixels stay as they are.

    Over white, and with its alpha dropped, a picture with a white ground looks the same.
    """
    alpha = np.full(picture.size[::-1], 255, dtype=np.uint8)
    if not whole:
        rim = max(1, min(picture.size) // 20)
        alpha[:] = 0
        alpha[rim:-rim, rim:-rim] = 255
    result = picture.convert("RGBA")
    result.putalpha(Image.fromarray(alpha))
    return result


def _save_jpeg(picture: Image.Image, path: Path, file_format: Format) -> None:
    if file_format is Format.JPEG_CMYK:
        picture.convert("CMYK").save(path, quality=JPEG_QUALITY)
        return
    exif = Image.Exif()
    if file_format in _TURNS:
        exif[ORIENTATION_TAG], turn = _TURNS[file_format]
        picture = picture.transpose(turn)
    picture.save(path, quality=JPEG_QUALITY, exif=exif)


def _save_gif(picture: Image.Image, path: Path) -> None:
    """The picture first, then turned a little further in each frame."""
    corner = picture.getpixel((0, 0))
    frames = [picture.rotate(5 * k, fillcolor=corner) for k in range(NUM_FRAMES)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0)
