"""Pictures inside a page: as data URLs, of the formats that every browser shows."""

import base64

_SHOWN = frozenset(
    ("image/png", "image/apng", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/bmp")
)


def data_url(data: bytes, media_type: str) -> str:
    """The bytes as a URL that needs nothing else."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def is_shown_by_browsers(media_type: str) -> bool:
    """Whether a page can show such a picture."""
    return media_type in _SHOWN
