"""What others need of `looks.py` and `trim.py`: apart from them, since `serve` does without NumPy.

The numbers are part of keys. A revision is raised whenever its module gives other results than before.
"""

from dataclasses import dataclass

LOOKS_REVISION = 1
SHARPNESS_EDGE = 512  # the longer edge that sharpness is measured at, so that its values can be compared
THUMBNAIL_EDGE = 256

TRIM_REVISION = 1
MIN_EDGE = 64  # in pixels: what trimming leaves of a picture has at least this


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle of a picture, in pixels."""

    x: int
    y: int
    width: int
    height: int
