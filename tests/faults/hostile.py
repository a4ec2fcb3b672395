"""Pictures that somebody broke, at random or on purpose. A seed gives the same ones again."""

import random
import struct
from collections.abc import Callable, Iterator, Mapping

from PIL import Image

from services.dataset.adapters.plugins import FORMATS, HEIF, JXL
from tests.services.dataset.animations import Patch, Plate, apng, gif
from tests.services.dataset.pictures import picture_of, saved, turned_jpeg, two_halves

Mutation = Callable[[random.Random, bytes], bytes]


def seeds() -> Mapping[str, bytes]:
    """A whole picture of every format, and of the ways of some that have several."""
    picture = Image.effect_noise((48, 40), 60).convert("RGB")
    picture.paste(two_halves(24, 20), (6, 6))
    found = {kind: picture_of(kind, picture) for kind in (*FORMATS, HEIF, JXL)}
    frames = [picture, picture.rotate(90).resize(picture.size), two_halves(48, 40)]
    plate = Plate(colour=1, box=(2, 2, 30, 30), disposal=2)
    more = {
        "APNG": apng([Patch(image=frame.convert("RGBA"), disposal=2, blend=1) for frame in frames]),
        "GIF moving": gif((40, 40), [(0, 0, 0), (9, 200, 9)], [plate, plate, plate]),
        "WEBP moving": saved(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
        "AVIF moving": saved(frames[0], "AVIF", save_all=True, append_images=frames[1:]),
        "HEIF several": saved(frames[0], "HEIF", save_all=True, append_images=frames[1:]),
        "TIFF pages": saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]),
        "TIFF packed": saved(picture, "TIFF", compression="tiff_lzw"),
        "JPEG turned": turned_jpeg(48, 40),
        "JPEG progressive": saved(picture, "JPEG", progressive=True),
        "JPEG of inks": saved(picture.convert("CMYK"), "JPEG"),
        "PNG of 16 bits": saved(Image.new("I;16", (40, 40), 777), "PNG"),
        "PNG of a palette": saved(picture.quantize(16), "PNG", transparency=3),
        "WEBP whole": saved(picture.convert("RGBA"), "WEBP", lossless=True),
        "JXL in a box": saved(picture, "JXL", use_container=True),
    }
    return {**found, **more}


def bombs() -> Mapping[str, bytes]:
    """Small files that say, or give, far too much."""
    flat = Image.new("1", (12_000, 12_000))
    huge_gif = b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0x80, 0, 0) + bytes(6) + b",\0\0\0\0"
    dot = Patch(image=Image.new("RGBA", (1, 1)))
    tga = struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 65_535, 65_535, 24, 0)
    return {
        "flat.png": saved(flat, "PNG"),
        "flat.tif": saved(flat, "TIFF", compression="group4"),
        "huge.gif": huge_gif + struct.pack("<HHB", 65_535, 65_535, 0) + b"\x02\x00;",
        "huge.tga": tga,
        "huge.psd": struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, 2**30, 2**30, 8, 3) + bytes(14),
        "huge.ppm": b"P6 99999999 99999999 255\n",
        "huge.bmp": saved(two_halves(8, 8), "BMP").replace(struct.pack("<ii", 8, 8), b"\xff\xff\xff\x7f" * 2),
        "huge.jxl": b"\xff\x0a" + (0b1_111 | ((2**30 - 1) << 3) << 3).to_bytes(9, "little"),
        "frames.png": apng([dot, dot], num_frames=2**31 - 1),
        "text.png": saved(two_halves(8, 8), "PNG").replace(b"IDAT", b"zTXt"),
    }


def mutated(seed: int, data: bytes, others: list[bytes]) -> bytes:
    """A picture after one to four accidents."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(MUTATIONS)(chance, data or b"\0")
    return _spliced(chance, data, chance.choice(others)) if chance.random() < 0.1 else data


def cut_everywhere(data: bytes, *, most: int) -> Iterator[bytes]:
    """The beginnings of a file, of every length where they are at most so many."""
    step = max(1, len(data) // most)
    return (data[:length] for length in range(0, len(data), step))


def _flipped(chance: random.Random, data: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def _flipped_in_front(chance: random.Random, data: bytes) -> bytes:
    return _flipped(chance, data[:64]) + data[64:]


def _overwritten(chance: random.Random, data: bytes) -> bytes:
    at, size = chance.randrange(len(data)), chance.randint(1, 16)
    filler = chance.choice((b"\0" * size, b"\xff" * size, chance.randbytes(size)))
    return data[:at] + filler + data[at + size :]


def _number_made_large(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(min(len(data), 128))
    number = chance.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\xff\xff", b"\xff\xff\0\0"))
    return data[:at] + number + data[at + 4 :]


def _cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def _doubled(chance: random.Random, data: bytes) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[start:]


def _torn(chance: random.Random, data: bytes) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[end:]


def _spliced(chance: random.Random, data: bytes, other: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other)) :]


MUTATIONS: list[Mutation] = [
    _flipped,
    _flipped_in_front,
    _overwritten,
    _number_made_large,
    _cut,
    _doubled,
    _torn,
]
