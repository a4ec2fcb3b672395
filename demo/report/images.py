"""Pictures as they stand in a page: inside it, small, as data URLs."""

import base64
from io import BytesIO

from PIL import Image

LONGEST_PX = 168


def data_url(picture: Image.Image, *, longest: int = LONGEST_PX) -> str:
    """A picture of at most `longest` pixels a side; one that is smaller stays as it is."""
    shown = picture.copy()
    shown.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    data = BytesIO()
    shown.save(data, "WEBP", quality=85, method=4)
    return "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode()


def exact_url(picture: Image.Image) -> str:
    """A picture as it is, pixel for pixel."""
    data = BytesIO()
    picture.save(data, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()
