import io
from typing import Any

import pytest
from PIL import Image, ImageDraw

from services.dataset.adapters.frames import FrameLimits, is_one, load_frames
from services.dataset.adapters.pillow import PillowDecoder
from services.dataset.adapters.plugins import formats_of
from services.dataset.domain.decoding import Decoding
from services.dataset.ports import BrokenPictureError, Decoded
from tests.services.dataset.animations import Patch, apng
from tests.services.dataset.pictures import GREEN, RED, is_near, picture_of, saved, two_halves

DECODER = PillowDecoder(max_pixels=10_000, max_file_pixels=60_000)
LIMITS = FrameLimits(picture=10_000, chosen=60_000, seen=600_000)
MOVING = ("GIF", "PNG", "WEBP", "AVIF", "HEIF")


def frames(num: int, width: int = 64, height: int = 48) -> list[Image.Image]:
    """A green square that moves by 8 px a frame on red, so that a frame is little else than its change."""
    found = []
    for number in range(num):
        image = Image.new("RGB", (width, height), RED)
        left, top = 8 * (number % 8), 8 + 8 * (number // 8)
        ImageDraw.Draw(image).rectangle((left, top, left + 7, top + 7), fill=GREEN)
        found.append(image)
    return found


def moving(kind: str, num: int = 6, **options: Any) -> bytes:
    first, *others = frames(num)
    picture_of(kind, first)  # loads the plugin
    if kind == "WEBP":
        options = {"lossless": True, **options}
    return saved(first, kind, save_all=True, append_images=others, **options)


def decoded(data: bytes, wanted: int | None = None) -> list[Decoded]:
    return [*DECODER.decode(data, Decoding(frames=wanted))]


def pixel(found: Decoded, x: int, y: int) -> object:
    assert found.rendition is not None
    return Image.open(io.BytesIO(found.rendition)).getpixel((x, y))


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=formats_of(data))


@pytest.mark.parametrize("kind", MOVING)
def test_every_frame_is_a_picture_as_a_viewer_shows_it(kind: str) -> None:
    found = decoded(moving(kind))
    assert [one.part for one in found] == [0, 1, 2, 3, 4, 5]
    assert {(one.format, one.width, one.height) for one in found} == {(kind, 64, 48)}
    for number, one in enumerate(found):
        assert is_near(pixel(one, 8 * number + 4, 12), GREEN, most=40)
        assert is_near(pixel(one, (8 * number + 28) % 64, 40), RED, most=40)
        assert number == 0 or is_near(pixel(one, 8 * number - 4, 12), RED, most=40)


@pytest.mark.parametrize("kind", MOVING)
def test_some_frames_are_the_same_as_among_all(kind: str) -> None:
    every, some = decoded(moving(kind)), decoded(moving(kind), 3)
    assert [one.part for one in some] == [0, 2, 5]
    assert some == [every[0], every[2], every[5]]
    assert decoded(moving(kind), 1) == every[:1]
    assert decoded(moving(kind), 50) == every


def test_pages_may_have_each_its_size_and_kind() -> None:
    pages = [two_halves(20, 10), two_halves(9, 9).convert("L"), two_halves(30, 40).convert("CMYK")]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    found = decoded(data)
    assert [(one.part, one.width, one.height) for one in found] == [(0, 20, 10), (1, 9, 9), (2, 30, 40)]
    assert is_near(pixel(found[2], 3, 3), RED)
    assert [one.part for one in decoded(data, 2)] == [0, 2]


def test_what_an_apng_shows_to_those_who_can_not_play_is_no_frame() -> None:
    hidden = two_halves(64, 48)
    data = saved(hidden, "PNG", save_all=True, append_images=frames(3), default_image=True)
    assert [one.part for one in decoded(data)] == [0, 1, 2]
    assert is_near(pixel(decoded(data)[0], 4, 12), GREEN)
    assert decoded(data, 1) == decoded(data)[:1]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG", "BMP"])
def test_all_frames_of_a_still_are_one(kind: str) -> None:
    data = saved(two_halves(40, 20), kind)
    assert is_one(opened(data))
    assert decoded(data) == decoded(data, 1) == decoded(data, 9)
    assert decoded(data)[0].rendition is None


def test_a_file_that_ends_early_gives_what_it_has() -> None:
    data = moving("GIF")
    come = DECODER.decode(data[:-12], Decoding(frames=None))  # without the end of its last frame
    found = [next(come) for _ in range(5)]
    with pytest.raises(BrokenPictureError, match="cut off"):
        next(come)
    assert found == decoded(data)[:5]


def reason(data: bytes, wanted: int | None = None) -> str:
    with pytest.raises(BrokenPictureError) as caught:
        decoded(data, wanted)
    return caught.value.reason


def test_too_many_pixels_in_all_frames_are_refused() -> None:
    data = moving("WEBP", 30)
    assert reason(data) == "too_many_pixels"
    assert len(decoded(data, 8)) == 8


def test_pages_are_counted_as_they_come() -> None:
    pages = [Image.new("L", (4, 4)), *(Image.new("L", (99, 99)) for _ in range(7))]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert reason(data) == "too_many_pixels"
    assert len(decoded(data, 6)) == 6
    large = saved(pages[0], "TIFF", save_all=True, append_images=[Image.new("L", (101, 100))])
    assert reason(large) == "too_many_pixels"
    assert len(decoded(large, 1)) == 1


def test_frames_that_are_only_gone_through_count_too() -> None:
    few = FrameLimits(picture=10_000, chosen=60_000, seen=10_000)
    with pytest.raises(BrokenPictureError, match="its frames up to number 5"):
        [*load_frames(opened(moving("GIF")), 2, few)]
    assert [*load_frames(opened(moving("GIF")), 2, LIMITS)] == [0, 5]


def test_more_frames_than_a_file_may_give_are_refused() -> None:
    dot = Patch(image=Image.new("RGBA", (1, 1)))
    assert reason(apng([dot, dot], num_frames=1001)) == "too_many_frames"
    assert reason(apng([dot, dot], num_frames=2**31), 2) == "too_many_frames"
    with pytest.raises(BrokenPictureError, match="cut off"):
        decoded(apng([dot, dot], num_frames=900))
