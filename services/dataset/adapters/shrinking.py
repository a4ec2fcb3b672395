"""Makes a picture that was fetched smaller before it is stored: 20 megapixels serve no training at one."""

import io
from threading import BoundedSemaphore

from PIL import Image, ImageOps

from services.dataset.domain.decoding import MAX_PIXELS

_QUALITY = 95
_AT_A_TIME = BoundedSemaphore(2)  # a picture of 120 megapixels is 360 MB


def shrink(data: bytes, edge: int) -> bytes | None:
    """The picture upright, with its shorter edge of `edge` px; None where the file is to stay as it is.

    That is where it is no longer than that already, has several frames, or can't be decoded: what is wrong
    with it is told when it is probed. Opaque pictures become JPEG of quality 95 without subsampling, others
    PNG; their colour profile goes along.
    """
    try:
        with _AT_A_TIME, Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            if (
                min(width, height) <= edge
                or width * height > MAX_PIXELS
                or getattr(image, "is_animated", False)
            ):
                return None
            return _shrunk(image, edge)
    except (OSError, ValueError, SyntaxError, ArithmeticError, IndexError, Image.DecompressionBombError):
        return None


def _shrunk(image: Image.Image, edge: int) -> bytes:
    shorter = min(image.size)
    wanted = tuple(max(edge, round(side * edge / shorter)) for side in image.size)
    profile = image.info.get("icc_profile")
    image.draft(None, (2 * wanted[0], 2 * wanted[1]))  # JPEG is decoded at a fraction, twice what is kept
    is_clear = image.has_transparency_data
    if image.mode not in {"RGB", "L", "CMYK"} or is_clear:
        image = image.convert("RGBA" if is_clear else "RGB")
    small = image.resize((wanted[0], wanted[1]), Image.Resampling.LANCZOS)
    small.info["exif"] = image.info.get("exif", b"")
    small = ImageOps.exif_transpose(small)
    file = io.BytesIO()
    if is_clear:
        small.save(file, "PNG", icc_profile=profile)
    else:
        small.save(file, "JPEG", quality=_QUALITY, subsampling=0, icc_profile=profile)
    return file.getvalue()
