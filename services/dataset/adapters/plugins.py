"""The formats that pictures may have, and the Pillow plugins of those that Pillow itself can't read."""

from PIL import Image

from services.dataset.adapters.jxl_header import is_jxl

# Only formats that are decoded in this process by code meant for strangers' files: no EPS, no PDF.
# In the order they are tried: TGA last, for it has no mark of its own.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "TIFF", "BMP", "JPEG2000", "PSD", "PPM", "TGA")
HEIF, JXL = "HEIF", "JXL"

# What every service reads with Pillow alone; of the others the dataset service writes PNGs.
READ_BY_ALL = frozenset(("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "BMP", "PPM", "TGA"))
# Formats that may have more than one picture. Layers of a PSD and previews in a JPEG are none.
OF_MANY = frozenset(("GIF", "PNG", "WEBP", "AVIF", "TIFF", "HEIF"))
# Those of one size, in which a frame is made of those before it.
IN_ORDER = frozenset(("GIF", "PNG", "WEBP", "AVIF"))

KNOWN = ", ".join(sorted((*FORMATS, HEIF, JXL)))

_HEIF_BRANDS = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
)


def psd_bits(data: bytes) -> int | None:
    """How many bits a channel a PSD has; None for other files. Pillow reads those of 1 and 8."""
    return int.from_bytes(data[22:24], "big") if data.startswith(b"8BPS\0\x01") else None


def formats_of(data: bytes) -> tuple[str, ...]:
    """The formats that a file may have by its first bytes; the plugin of one that needs it is loaded."""
    if is_jxl(data):
        # 6 MiB that few folders need; it registers itself
        import pillow_jxl  # noqa: F401

        return (JXL,)
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        # 27 MiB of libraries that few folders need
        from pillow_heif import register_heif_opener

        register_heif_opener()
        return ("AVIF", HEIF)
    Image.init()  # else only the commonest formats are there to choose from
    return FORMATS
