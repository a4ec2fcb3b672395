"""Decodes pictures with Pillow: whole, upright, in sRGB, on white, the first frame."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import ExifTags, Image, UnidentifiedImageError

from services.dataset.adapters.colour import is_plain_colour, to_srgb
from services.dataset.ports import BrokenPictureError, Decoded

# Only formats that are decoded in this process by code meant for strangers' files: no EPS, no PDF.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM", "TGA")
_PNG_LEVEL = 1  # three times faster than the default, a tenth larger


class PillowDecoder:
    """The decoder of the service."""

    def __init__(self, *, max_pixels: int) -> None:
        Image.init()  # else only the commonest formats are there to choose from
        self._max_pixels = max_pixels

    def decode(self, data: bytes) -> Decoded:
        """See `services.dataset.ports.Decoder`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata nobody asked for
            with _pillow_words():
                source = self._read(data)
            return _decoded(source)

    def _read(self, data: bytes) -> "_Source":
        """The first frame, all of it."""
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        if image.width * image.height > self._max_pixels:
            raise _too_large(
                f"{image.width}x{image.height} px; at most {self._max_pixels} pixels are decoded"
            )
        name, is_deep = image.format or "", _is_deep(image)
        is_animated = bool(getattr(image, "is_animated", False))
        image.seek(0)
        image.load()
        if name == "PNG":  # whose checksums are not looked at when its pixels are read
            Image.open(io.BytesIO(data), formats=["PNG"]).verify()
        return _Source(image=image, format=name, is_one=not is_animated, is_deep=is_deep)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    image: Image.Image
    format: str
    is_one: bool  # frame
    is_deep: bool  # more than 8 bits a channel


def _decoded(source: _Source) -> Decoded:
    image, turn = source.image, _orientation(source.image)
    media_type = Image.MIME.get(source.format, "application/octet-stream")
    rendition = None
    if not (turn == 1 and source.is_one and not source.is_deep and is_plain_colour(image)):
        image = to_srgb(image if turn == 1 else _turned(image, turn))
        rendition = _png(image)
    return Decoded(
        format=source.format,
        media_type=media_type,
        width=image.width,
        height=image.height,
        rendition=rendition,
    )


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 where there is none that makes sense."""
    try:
        found = image.getexif().get(ExifTags.Base.Orientation, 1)
    except (ValueError, SyntaxError, OSError, KeyError, TypeError, EOFError):
        return 1  # what can't be read was never meant to turn the picture
    return found if isinstance(found, int) and 2 <= found <= 8 else 1


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    turned = image.transpose(turns[orientation])
    turned.info = dict(image.info)
    return turned


def _is_deep(image: Image.Image) -> bool:
    """Whether the file has more than 8 bits a channel that Pillow drops on reading."""
    return any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))


def _png(image: Image.Image) -> bytes:
    image.info = {}  # or Pillow would write the profile that was applied already
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=_PNG_LEVEL)
    return file.getvalue()


def _too_large(detail: str) -> BrokenPictureError:
    return BrokenPictureError("too_many_pixels", detail)


@contextmanager
def _pillow_words() -> Iterator[None]:
    """What Pillow raises, in words that are the same wherever and whenever the file is decoded."""
    try:
        yield
    except BrokenPictureError:
        raise
    except UnidentifiedImageError as error:
        known = ", ".join(_FORMATS)
        raise BrokenPictureError("not_an_image", f"no picture in a known format ({known})") from error
    except Image.DecompressionBombError as error:
        raise _too_large("far more pixels than any picture has") from error
    except MemoryError:
        raise
    except Exception as error:  # a decoder may raise anything for a damaged file
        is_cut = "truncated" in str(error).lower() or isinstance(error, EOFError)
        detail = "the file is cut off; get it anew" if is_cut else "the file is damaged and can't be decoded"
        raise BrokenPictureError("broken", detail) from error
