"""How pictures are taken out of a file: what becomes of alpha, which frames, if borders go. Pure."""

import re
from dataclasses import dataclass

from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.dataset_config.picture_options import MOST_FRAMES, MOST_FUZZ
from bakehouse.errors import InvalidInputError
from services.dataset.domain.pixel_rules import (
    LOOKS_REVISION,
    MIN_EDGE,
    SHARPNESS_EDGE,
    THUMBNAIL_EDGE,
    TRIM_REVISION,
)

MAX_PIXELS = 120_000_000  # of one picture
MAX_FILE_PIXELS = 4 * MAX_PIXELS  # of all pictures of one file
MAX_FILE_BYTES = 512 << 20

WHITE = "#ffffff"

# Everything about decoding that is the same for all: change it, and every file is decoded anew.
DECODE_SPEC: dict[str, Json] = {
    "colour": "srgb",
    "looks": LOOKS_REVISION,
    "max_file_bytes": MAX_FILE_BYTES,
    "max_file_pixels": MAX_FILE_PIXELS,
    "max_frames": MOST_FRAMES,
    "max_pixels": MAX_PIXELS,
    "orientation": "upright",
    "revision": 2,
    "sharpness_edge": SHARPNESS_EDGE,
    "thumbnail_edge": THUMBNAIL_EDGE,
}
DECODE_DIGEST = canonical_digest(DECODE_SPEC)

_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """What an entry chooses of decoding.

    Args:
        background: "#rrggbb", what is seen through transparent pixels.
        with_mask: keep how opaque each pixel is, as a loss mask.
        frames: how many pictures an animation or a file of pages gives, evenly spaced; None: all of them.
        fuzz: cut off borders whose colours differ by at most this many percent; None: leave them.
        with_face: look for the largest face.
    """

    background: str = WHITE
    with_mask: bool = False
    frames: int | None = 1
    fuzz: float | None = None
    with_face: bool = False

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.background):
            raise InvalidInputError(f"background {self.background}; give #rrggbb", field="alpha")
        if self.frames is not None and not 1 <= self.frames <= MOST_FRAMES:
            raise InvalidInputError(f"frames {self.frames}; give 1 to {MOST_FRAMES}", field="frames")
        if self.fuzz is not None and not 0 < self.fuzz <= MOST_FUZZ:
            raise InvalidInputError(f"trim {self.fuzz:g}; give more than 0, to {MOST_FUZZ}", field="trim")

    @property
    def colour(self) -> tuple[int, int, int]:
        """The background as red, green, blue."""
        red, green, blue = bytes.fromhex(self.background[1:])
        return red, green, blue

    def to_json(self) -> dict[str, Json]:
        """As it is part of a key, all of `DECODE_SPEC` with it; where faces are looked for is not in it."""
        trim: Json = None
        if self.fuzz is not None:
            trim = {"fuzz": f"{self.fuzz:g}", "min_edge": MIN_EDGE, "revision": TRIM_REVISION}
        return {
            **DECODE_SPEC,
            "alpha": self.background,
            "frames": self.frames,
            "mask": self.with_mask,
            "trim": trim,
        }


PLAIN = Decoding()


def frame_numbers(num_frames: int, wanted: int | None) -> range | list[int]:
    """Which of a file's frames are its pictures, from 0: evenly spaced, the first and the last among them."""
    if wanted is None or wanted >= num_frames:
        return range(num_frames)
    if wanted == 1:
        return range(1)
    return [number * (num_frames - 1) // (wanted - 1) for number in range(wanted)]
