"""What the first bytes of a JPEG XL file say of its picture: the plugin says it after decoding all of it."""

from collections.abc import Iterator
from dataclasses import dataclass

_CODESTREAM = b"\xff\x0a"
_CONTAINER = b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"
_BOX_HEADER = 8
_LONG_BOX_HEADER = 16
_PART_NUMBER = 4  # of a codestream that comes in parts
_HEADER_BYTES = 64  # more than any header's beginning has
# Widths that a header has no room for are its height times one of these.
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class JxlHeader:
    """Size as stored, before it is turned upright. `orientation`: as in EXIF, 1 to 8."""

    width: int
    height: int
    orientation: int
    is_animated: bool


def is_jxl(data: bytes) -> bool:
    """Whether a file says that it is JPEG XL, with or without a container."""
    return data.startswith((_CODESTREAM, _CONTAINER))


def read_jxl_header(data: bytes) -> JxlHeader:
    """What a file's header says.

    Raises:
        ValueError: there is none.

    Source: ISO/IEC 18181-1, SizeHeader and ImageMetadata; 18181-2 for the container.
    """
    head = next(_codestreams(data), b"")
    if not head.startswith(_CODESTREAM):
        raise ValueError("no codestream")
    bits = _Bits(head[len(_CODESTREAM) : _HEADER_BYTES])
    width, height = _size(bits)
    orientation, is_animated = 1, False
    if not bits.take(1) and bits.take(1):  # neither all defaults nor none of the extra fields
        orientation = bits.take(3) + 1
        if bits.take(1):
            _size(bits)  # the size that it is meant to be shown at
        if bits.take(1):
            _skip_preview(bits)
        is_animated = bool(bits.take(1))
    return JxlHeader(width=width, height=height, orientation=orientation, is_animated=is_animated)


class _Bits:
    """Numbers of few bits, the lowest first; zeros where the data are at their end."""

    def __init__(self, data: bytes) -> None:
        self._rest = int.from_bytes(data, "little")

    def take(self, num_bits: int) -> int:
        found = self._rest & ((1 << num_bits) - 1)
        self._rest >>= num_bits
        return found

    def pick(self, choices: tuple[tuple[int, int], ...]) -> int:
        """One of four ways to write a number: what is added, and how many bits there are."""
        plus, num_bits = choices[self.take(2)]
        return plus + self.take(num_bits)


def _size(bits: _Bits) -> tuple[int, int]:
    is_small = bits.take(1)
    height = _edge(bits, is_small=is_small)
    ratio = bits.take(3)
    if ratio:
        times, by = _RATIOS[ratio - 1]
        return height * times // by, height
    return _edge(bits, is_small=is_small), height


def _edge(bits: _Bits, *, is_small: int) -> int:
    if is_small:
        return (bits.take(5) + 1) * 8
    return bits.pick(((1, 9), (1, 13), (1, 18), (1, 30)))


def _skip_preview(bits: _Bits) -> None:
    is_small = bits.take(1)
    ways = ((16, 0), (32, 0), (1, 5), (33, 9)) if is_small else ((1, 6), (65, 8), (321, 10), (1345, 12))
    bits.pick(ways)
    if not bits.take(3):
        bits.pick(ways)


def _codestreams(data: bytes) -> Iterator[bytes]:
    """The beginning of each codestream box, or of the file where it has no container."""
    if not data.startswith(_CONTAINER):
        yield data[:_HEADER_BYTES]
        return
    at = len(_CONTAINER)
    while at + _BOX_HEADER <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + _BOX_HEADER]
        header = _BOX_HEADER
        if length == 1:
            length, header = int.from_bytes(data[at + 8 : at + _LONG_BOX_HEADER], "big"), _LONG_BOX_HEADER
        start = at + header + (_PART_NUMBER if kind == b"jxlp" else 0)
        if kind in {b"jxlc", b"jxlp"}:
            yield data[start : start + _HEADER_BYTES]
        if length < header:  # 0: it goes on to the end of the file
            return
        at += length
