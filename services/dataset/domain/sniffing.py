"""What a file is by its first bytes, whatever its name or a server says of it."""

import re

HEAD_BYTES = 512

_PICTURES: tuple[tuple[bytes, str], ...] = (
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"GIF8[79]a", "GIF"),
    (rb"RIFF....WEBP", "WebP"),
    (rb"BM.{8}", "BMP"),
    (rb"II\*\0|MM\0\*|II\+\0|MM\0\+", "TIFF"),
    (rb"....ftyp(avif|avis|heic|heix|hevc|hevx|heim|heis|mif1|msf1)", "AVIF or HEIC"),
    (rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", "JPEG 2000"),
    (rb"8BPS\0[\x01\x02]", "PSD"),
    (rb"P[1-6][\s#]", "PPM"),
)
# A TGA file says what it is at its end, if at all: colour map or not, a kind, then numbers.
_TARGA = re.compile(rb".[\0\x01][\x01\x02\x03\x09\x0a\x0b].{13}[\x08\x0f\x10\x18\x20].", re.DOTALL)
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (rb"\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body)", "a web page"),
    (rb"\s*<(\?xml|svg)", "an XML text"),
    (rb"\s*[\[{]", "a JSON text"),
    (rb"%PDF", "a PDF"),
    (rb"PK\x03\x04", "a ZIP archive"),
    (rb"\x1f\x8b", "a gzip archive"),
    (rb"....ftyp|\x1aE\xdf\xa3", "a video"),
)


def picture_kind(head: bytes) -> str | None:
    """The format of a picture whose file begins with `head`, None where it is none that is known."""
    for pattern, kind in _PICTURES:
        if re.match(pattern, head, re.DOTALL):
            return kind
    return "TGA" if _TARGA.match(head) else None


def other_kind(head: bytes) -> str:
    """What a file that is no picture is, for people."""
    if not head.strip(b"\0"):
        return "nothing but zeros" if head else "nothing"
    for pattern, kind in _OTHERS:
        if re.match(pattern, head, re.DOTALL | re.IGNORECASE):
            return kind
    is_text = all(byte >= 0x20 or byte in b"\t\r\n\f" for byte in head)
    return "a text" if is_text else "no picture that is known"
