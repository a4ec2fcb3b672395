import struct

import pytest
from PIL import Image

from services.dataset.adapters.jxl_header import JxlHeader, is_jxl, read_jxl_header
from tests.services.dataset.pictures import picture_of, saved, two_halves

SIZES = [(1, 1), (8, 8), (64, 48), (256, 256), (257, 256), (640, 480), (1920, 1080), (1000, 999), (9000, 2)]


def bits(*fields: tuple[int, int]) -> bytes:
    """A codestream's beginning of numbers and how many bits each has, the lowest first."""
    at = value = 0
    for number, num_bits in fields:
        value |= number << at
        at += num_bits
    return b"\xff\x0a" + value.to_bytes(16, "little")


def boxed(*boxes: tuple[bytes, bytes]) -> bytes:
    head = b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a"
    return head + b"".join(struct.pack(">I4s", len(data) + 8, kind) + data for kind, data in boxes)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("use_container", [True, False])
def test_the_header_has_the_size_that_the_decoder_gives(size: tuple[int, int], use_container: bool) -> None:
    picture_of("JXL", two_halves(8, 8))
    data = saved(Image.new("RGB", size), "JXL", lossless=True, effort=1, use_container=use_container)
    assert is_jxl(data)
    assert read_jxl_header(data) == JxlHeader(width=size[0], height=size[1], orientation=1, is_animated=False)


SMALL = ((1, 1), (7, 5), (0, 3), (3, 5))  # 32 px wide, 64 px high
EXTRA = ((0, 1), (1, 1))  # not all defaults, extra fields


def test_turn_and_animation_are_told() -> None:
    turned = bits(*SMALL, *EXTRA, (5, 3), (0, 1), (0, 1), (1, 1))
    assert read_jxl_header(turned) == JxlHeader(width=32, height=64, orientation=6, is_animated=True)
    # A size to be shown at, and a preview of 64x64 px, come between.
    between = bits(*SMALL, *EXTRA, (0, 3), (1, 1), *SMALL, (1, 1), (1, 1), (0, 2), (1, 3), (1, 1))
    assert read_jxl_header(between).is_animated
    assert not read_jxl_header(bits(*SMALL, (0, 1), (0, 1))).is_animated


def test_a_ratio_gives_the_width() -> None:
    assert read_jxl_header(bits((0, 1), (1, 2), (1079, 13), (5, 3), (1, 1))).width == 1920
    huge = read_jxl_header(bits((0, 1), (3, 2), (2**30 - 1, 30), (7, 3), (1, 1)))
    assert (huge.width, huge.height) == (2**31, 2**30)


def test_a_codestream_in_parts_is_found_behind_other_boxes() -> None:
    stream = bits(*SMALL, (1, 1))
    for data in (
        boxed((b"ftyp", bytes(12)), (b"Exif", bytes(99)), (b"jxlc", stream)),
        boxed((b"ftyp", bytes(12)), (b"jxlp", bytes(4) + stream), (b"jxlp", bytes(9))),
    ):
        assert read_jxl_header(data).width == 32
    long = boxed((b"ftyp", bytes(12))) + struct.pack(">I4sQ", 1, b"jxlc", 16 + len(stream)) + stream
    assert read_jxl_header(long).height == 64


@pytest.mark.parametrize("data", [b"", b"\xff", boxed(), boxed((b"jxlc", b"")), boxed((b"free", b"x"))])
def test_what_has_no_codestream_is_none(data: bytes) -> None:
    with pytest.raises(ValueError, match="no codestream"):
        read_jxl_header(data)
