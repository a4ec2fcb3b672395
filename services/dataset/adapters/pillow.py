"""Decodes pictures with Pillow: whole, upright, in sRGB, frame by frame, without borders where asked."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from services.dataset.adapters.colour import is_plain_colour, opacity, to_srgb
from services.dataset.adapters.frames import FrameLimits, check_pixels, is_one, load_frames, too_large
from services.dataset.adapters.jxl_header import JxlHeader, read_jxl_header
from services.dataset.adapters.looks import Looks, fitted, looks_of
from services.dataset.adapters.plugins import JXL, KNOWN, READ_BY_ALL, formats_of, psd_bits
from services.dataset.adapters.png import write_png
from services.dataset.domain.decoding import MAX_FILE_PIXELS, MAX_PIXELS, Decoding
from services.dataset.domain.pixel_rules import SHARPNESS_EDGE
from services.dataset.domain.probe import Trimmed
from services.dataset.domain.trim import trim_box
from services.dataset.ports import BrokenPictureError, Decoded

_BYTE = 8
_SEEN_TIMES = 10  # frames that are only gone through are not turned, compressed and looked at


class PillowDecoder:
    """The decoder of the service."""

    def __init__(self, *, max_pixels: int = MAX_PIXELS, max_file_pixels: int = MAX_FILE_PIXELS) -> None:
        self._limits = FrameLimits(
            picture=max_pixels, chosen=max_file_pixels, seen=_SEEN_TIMES * max_file_pixels
        )

    def decode(self, data: bytes, decoding: Decoding) -> Iterator[Decoded]:
        """See `services.dataset.ports.Decoder`."""
        sources = self._read(data, decoding)
        while True:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of metadata nobody asked for
                with _pillow_words():
                    source = next(sources, None)
                if source is None:
                    return
                found = _decoded(source, decoding)
            yield found

    def _read(self, data: bytes, decoding: Decoding) -> "Iterator[_Source]":
        if (bits := psd_bits(data)) is not None and bits > _BYTE:
            raise BrokenPictureError("odd_pixels", f"a PSD of {bits} bits a channel; save it with 8")
        formats = formats_of(data)
        header = _jxl_header(data, self._limits.picture) if formats == (JXL,) else None
        image = Image.open(io.BytesIO(data), formats=formats)
        check_pixels(image, self._limits.picture)
        # A decoder of JPEG XL turns by the codestream, and EXIF only repeats it; not in a JPEG made smaller.
        is_turned = header is not None and header.orientation != 1 and not getattr(image, "jpeg", False)
        name = "JPEG" if image.format == "MPO" else image.format or ""  # a JPEG with a preview behind it
        # Asked now: reading a frame changes what the image says.
        source = _Source(
            image=image, format=name, is_own=is_one(image) and name in READ_BY_ALL and not _is_deep(image)
        )
        if name == "JPEG" and (small := _drafted(source, decoding)) is not None:
            yield small
            return
        for part in load_frames(image, decoding.frames, self._limits):
            if name == "PNG" and not part:  # whose checksums are not looked at when its pixels are read
                Image.open(io.BytesIO(data), formats=["PNG"]).verify()
            yield replace(source, part=part, orientation=1 if is_turned else _orientation(image))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A loaded picture. `is_own`: the file may be it. `full`: its size, where it was read smaller."""

    image: Image.Image
    format: str
    is_own: bool
    part: int = 0
    orientation: int = 1
    full: tuple[int, int] | None = None


def _drafted(source: _Source, decoding: Decoding) -> _Source | None:
    """A JPEG that is its own picture, read at the size its looks need: all of its data, few of its pixels."""
    image, size = source.image, source.image.size
    if decoding.fuzz is not None or _orientation(image) != 1 or not is_plain_colour(image):
        return None
    image.draft(image.mode, fitted(size, SHARPNESS_EDGE))
    image.load()
    return replace(source, full=size)


def _decoded(source: _Source, decoding: Decoding) -> Decoded:
    if source.full is not None:
        return _result(source, looks_of(source.image), source.full)
    image = source.image if source.orientation == 1 else _turned(source.image, source.orientation)
    alpha = opacity(image)
    is_own = source.is_own and source.orientation == 1 and alpha is None and is_plain_colour(image)
    picture = image if is_own and image.mode == "RGB" else to_srgb(image, decoding.colour, alpha)
    trimmed = _trimmed(picture, decoding.fuzz)
    mask = alpha if decoding.with_mask else None
    if trimmed is not None:
        box = trimmed.box
        corners = box.x, box.y, box.x + box.width, box.y + box.height
        picture, mask = picture.crop(corners), mask and mask.crop(corners)
    found = _result(source, looks_of(picture), picture.size)
    is_own = is_own and trimmed is None
    return replace(
        found,
        rendition=None if is_own else write_png(picture),
        mask=None if mask is None else write_png(mask),
        trimmed=trimmed,
    )


def _result(source: _Source, looks: Looks, size: tuple[int, int]) -> Decoded:
    return Decoded(
        part=source.part,
        format=source.format,
        media_type=Image.MIME.get(source.format, "application/octet-stream"),
        width=size[0],
        height=size[1],
        rendition=None,
        mask=None,
        trimmed=None,
        thumbnail=looks.thumbnail,
        phash=looks.phash,
        dhash=looks.dhash,
        sharpness=looks.sharpness,
    )


def _trimmed(picture: Image.Image, fuzz: float | None) -> Trimmed | None:
    box = None if fuzz is None else trim_box(np.asarray(picture), fuzz=fuzz)
    return None if box is None else Trimmed(box=box, width=picture.width, height=picture.height)


def _jxl_header(data: bytes, max_pixels: int) -> JxlHeader:
    """Looked at before the plugin, which decodes all of a file when it opens it."""
    header = read_jxl_header(data)
    if header.width * header.height > max_pixels:
        raise too_large(header.width, header.height, max_pixels)
    if header.is_animated:
        raise BrokenPictureError(
            "animated_jxl", "an animated JPEG XL, of which frames can't be taken; save it as APNG or WebP"
        )
    return header


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


@contextmanager
def _pillow_words() -> Iterator[None]:
    """What Pillow raises, in words that are the same wherever and whenever the file is decoded."""
    try:
        yield
    except BrokenPictureError:
        raise
    except UnidentifiedImageError as error:
        raise BrokenPictureError("not_an_image", f"no picture in a known format ({KNOWN})") from error
    except Image.DecompressionBombError as error:
        raise BrokenPictureError("too_many_pixels", "far more pixels than any picture has") from error
    except MemoryError:
        raise
    except Exception as error:  # a decoder may raise anything for a damaged file
        is_cut = "truncated" in str(error).lower() or isinstance(error, EOFError)
        detail = "the file is cut off; get it anew" if is_cut else "the file is damaged and can't be decoded"
        raise BrokenPictureError("broken", detail) from error
