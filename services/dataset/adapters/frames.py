"""Goes through the frames and pages of an opened file with Pillow, each composed as a viewer shows it."""

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from bakehouse.dataset_config.picture_options import MOST_FRAMES
from services.dataset.adapters.composing import load_frame, step_to
from services.dataset.adapters.plugins import IN_ORDER, OF_MANY
from services.dataset.domain.decoding import frame_numbers
from services.dataset.ports import BrokenPictureError

_MOST_SEEN = 100_000  # frames that are gone through, chosen or not


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameLimits:
    """How many pixels a picture, all chosen ones of a file, and all that are gone through have at most."""

    picture: int
    chosen: int
    seen: int


def load_frames(image: Image.Image, wanted: int | None, limits: FrameLimits) -> Iterator[int]:
    """Load the wanted frames into `image`, one by one; their numbers, from 0.

    Raises:
        BrokenPictureError: they are too many, or one has too many pixels.
    """
    if image.format not in OF_MANY:
        image.load()
        yield 0
        return
    first = _first(image)
    if wanted == 1:
        image.seek(max(first, image.tell()))  # a HEIF opens at its main picture
        load_frame(image)
        yield image.tell() - first
        return
    numbers = [first + number for number in _numbers(int(getattr(image, "n_frames", 1)) - first, wanted)]
    if image.format in IN_ORDER and len(numbers) * image.width * image.height > limits.chosen:
        raise _too_many(f"{len(numbers)} frames of {image.width}x{image.height} px", limits.chosen)
    for number in _gone_through(image, numbers, limits):
        load_frame(image)
        yield number - first


def is_one(image: Image.Image) -> bool:
    """Whether the file has a single picture."""
    return image.format not in OF_MANY or not getattr(image, "is_animated", False)


def check_pixels(image: Image.Image, most: int) -> None:
    """Refuse a picture that is too large to be decoded.

    Raises:
        BrokenPictureError: it has more than `most` pixels.
    """
    if image.width * image.height > most:
        raise too_large(image.width, image.height, most)


def too_large(width: int, height: int, most: int) -> BrokenPictureError:
    """What is said of a picture of so many pixels."""
    return BrokenPictureError("too_many_pixels", f"{width}x{height} px; at most {most} pixels are decoded")


def _numbers(num_frames: int, wanted: int | None) -> list[int]:
    if (wanted is None and num_frames > MOST_FRAMES) or num_frames > _MOST_SEEN:
        raise BrokenPictureError(
            "too_many_frames",
            f"{num_frames} frames; set frames to {MOST_FRAMES} or fewer, or cut it into several",
        )
    return [*frame_numbers(num_frames, wanted)]


def _gone_through(image: Image.Image, numbers: list[int], limits: FrameLimits) -> Iterator[int]:
    """The chosen numbers, each when `image` is there, all before it passed: frames build on each other."""
    seen = chosen = 0
    for number in numbers:
        passed = max(1, number - image.tell()) if image.format in IN_ORDER else 1
        step_to(image, number)
        pixels = image.width * image.height
        seen += passed * pixels
        chosen += pixels
        check_pixels(image, limits.picture)
        if seen > limits.seen or chosen > limits.chosen:
            raise _too_many(f"its frames up to number {number}", min(limits.seen, limits.chosen))
        yield number


def _first(image: Image.Image) -> int:
    """An APNG may begin with a picture for programs that can't play it, which is no frame of it."""
    return int(bool(getattr(image, "default_image", False)) and not is_one(image))


def _too_many(what: str, most: int) -> BrokenPictureError:
    return BrokenPictureError(
        "too_many_pixels", f"{what}: more than {most} pixels; ask for fewer frames, or cut it into several"
    )
