"""Animations byte by byte, as their specifications have them: who writes them for us composes them, too."""

import struct
import zlib
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A frame of an APNG: where it is drawn, whether over what is there, and what becomes of it after."""

    image: Image.Image
    at: tuple[int, int] = (0, 0)
    disposal: int = 0
    blend: int = 0


def apng(patches: list[Patch], *, num_frames: int | None = None) -> bytes:
    """An animation of RGBA patches, the first as large as the whole."""
    first = patches[0].image
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", *first.size, 8, 6, 0, 0, 0))
    out += chunk(b"acTL", struct.pack(">II", len(patches) if num_frames is None else num_frames, 0))
    sequence = 0
    for number, patch in enumerate(patches):
        size_and_place = (*patch.image.size, *patch.at)
        fields = (sequence, *size_and_place, 1, 10, patch.disposal, patch.blend)
        out += chunk(b"fcTL", struct.pack(">IIIIIHHBB", *fields))
        width, pixels = patch.image.width * 4, patch.image.tobytes()
        lines = (b"\0" + pixels[at : at + width] for at in range(0, len(pixels), width))
        data = zlib.compress(b"".join(lines))
        numbered = struct.pack(">I", sequence + 1) + data
        out += chunk(b"fdAT", numbered) if number else chunk(b"IDAT", data)
        sequence += 2 if number else 1
    return out + chunk(b"IEND", b"")


@dataclass(frozen=True, kw_only=True)
class Plate:
    """A frame of a GIF of one colour of its palette, but for its first pixel, which is clear where any is.

    `box`: x, y, width, height.
    """

    colour: int
    box: tuple[int, int, int, int]
    disposal: int = 1
    is_opaque: bool = False


def gif(size: tuple[int, int], palette: list[tuple[int, int, int]], plates: list[Plate]) -> bytes:
    """An animation of plates; colour 0 is clear, but in those that are opaque."""
    colours = b"".join(map(bytes, palette)).ljust(128 * 3, b"\0")
    out = b"GIF89a" + struct.pack("<HHBBB", *size, 0b1_111_0_110, 0, 0) + colours
    for plate in plates:
        x, y, width, height = plate.box
        pixels = bytes([plate.colour] * (width * height))
        if not plate.is_opaque:
            pixels = b"\0" + pixels[1:]
        out += b"!\xf9\x04" + struct.pack("<BHBB", plate.disposal << 2 | (not plate.is_opaque), 10, 0, 0)
        out += b"," + struct.pack("<HHHHB", x, y, width, height, 0) + _unpacked(pixels)
    return out + b";"


def _unpacked(pixels: bytes) -> bytes:
    """LZW that makes nothing smaller: as its table is emptied in time, each code is a byte."""
    pieces = (pixels[at : at + 100] for at in range(0, len(pixels), 100))
    blocks = (b"\x80" + piece for piece in pieces)
    return b"\x07" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\x01\x81\0"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
