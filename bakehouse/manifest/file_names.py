"""What a file of a dataset is by its name: a picture, or a text beside one. Opens none of them."""

IMAGE_SUFFIXES = frozenset(
    (
        ".png",
        ".jpg",
        ".jpeg",
        ".jfif",
        ".webp",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".avif",
        ".apng",
        ".heic",
        ".heif",
        ".hif",
        ".jxl",
        ".jp2",
        ".j2k",
        ".jpx",
        ".jpf",
        ".psd",
        ".ppm",
        ".pgm",
        ".pnm",
        ".tga",
    )
)
TEXT_SUFFIX = ".txt"


def split_suffix(name: str) -> tuple[str, str]:
    """A name, with "/", without its suffix, and the suffix in lower case, "" where it has none.

    A million names are too many for pathlib.
    """
    stem, dot, suffix = name.rpartition(".")
    if not stem or stem.endswith("/") or "/" in suffix:
        return name, ""
    return stem, f"{dot}{suffix.lower()}"


def belongs(name: str) -> bool:
    """Whether a file is a picture or a text by its name."""
    _, suffix = split_suffix(name)
    return suffix == TEXT_SUFFIX or suffix in IMAGE_SUFFIXES
