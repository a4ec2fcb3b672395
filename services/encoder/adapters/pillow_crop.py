"""Reads a picture, resizes it with Lanczos and cuts a bucket's size out of it, with Pillow."""

from io import BytesIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from bakehouse.errors import InvalidInputError
from services.encoder.domain.crop import Crop
from services.encoder.ports import Pixels


def read_crop(data: bytes, crop: Crop) -> Pixels:
    """What `crop` cuts out of the picture in `data`: (crop.height, crop.width, 3) uint8, RGB.

    Raises:
        InvalidInputError: it can't be decoded, or the crop lies beside the resized picture.
    """
    size = crop.resize_width, crop.resize_height
    right, bottom = crop.x + crop.width, crop.y + crop.height
    if crop.x < 0 or crop.y < 0 or right > size[0] or bottom > size[1]:
        raise InvalidInputError(
            f"picture {crop.picture[:12]}: {crop.width}x{crop.height} px at {crop.x},{crop.y} lie beside its "
            f"{size[0]}x{size[1]} px; make the snapshot again"
        )
    try:
        with Image.open(BytesIO(data)) as opened:
            picture = opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InvalidInputError(
            f"picture {crop.picture[:12]} can't be decoded; make the snapshot again"
        ) from error
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    picture = picture.crop((crop.x, crop.y, right, bottom))
    if crop.flip:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(picture)
