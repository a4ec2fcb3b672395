"""Which blob of a sample's row is its picture: what every stage but the dataset's reads. Pure."""

from collections.abc import Mapping
from typing import Any

from bakehouse.digest import Digest

PICTURE_COLUMNS = ("digest", "width", "height", "renditions")  # what a reader of the samples table needs


def picture_digest(row: Mapping[str, Any]) -> Digest:
    """The blob to open for a kept sample; Pillow's `convert("RGB")` of it is upright, sRGB and without alpha.

    It is the rendition of the sample's own size, or, where there is none, the source itself.

    Args:
        row: of the table `samples`, with at least `PICTURE_COLUMNS`.
    """
    for rendition in row["renditions"] or ():
        if (rendition["width"], rendition["height"]) == (row["width"], row["height"]):
            return Digest(rendition["digest"])
    return Digest(row["digest"])
