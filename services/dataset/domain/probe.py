"""What probing a file gives, and the key that it is remembered by."""

import json
from dataclasses import dataclass

from bakehouse.canonical_json import Json, canonical_bytes, canonical_digest
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import CorruptionError, InvalidInputError

PROBE_KIND = "probe"
PROBE_REVISION = 1

MAX_PIXELS = 120_000_000
MAX_FILE_BYTES = 512 << 20

# Everything about decoding that a picture depends on: change it, and every file is decoded anew.
DECODE_SPEC: Json = {
    "alpha": "white",
    "colour": "srgb",
    "frame": "first",
    "max_file_bytes": MAX_FILE_BYTES,
    "max_pixels": MAX_PIXELS,
    "orientation": "upright",
    "revision": 1,
}
DECODE_DIGEST = canonical_digest(DECODE_SPEC)

_FACE_MARK = ".face"


@dataclass(frozen=True, slots=True, kw_only=True)
class FacesSpec:
    """Everything that finding the largest face depends on beside the picture.

    It is looked for in the picture in grey, its longer edge at most `edge` px: at sizes that differ by
    `scale`, from `smallest` of the shorter edge on, where `min_neighbours` windows agree.
    """

    cascade: str = "haarcascade_frontalface_default"
    edge: int = 640
    scale: float = 1.1
    smallest: float = 0.06
    min_neighbours: int = 5
    revision: int = 1

    def to_json(self) -> Json:
        """As it is part of a key."""
        return {
            "cascade": self.cascade,
            "edge": self.edge,
            "min_neighbours": self.min_neighbours,
            "revision": self.revision,
            "scale": str(self.scale),
            "smallest": str(self.smallest),
        }


FACES_SPEC = FacesSpec()


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A rectangle of the upright picture, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle, x and y."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A file that is one. `width`, `height`: upright. `rendition` is None where the file is the picture.

    `face` is the largest, None where there is none or nobody looked.
    """

    format: str
    media_type: str
    width: int
    height: int
    rendition: Digest | None
    face: Face | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPicture:
    """A file that is none, or can't be read: a word to count by, and a sentence for people."""

    reason: str
    detail: str


Probe = Picture | NoPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file to probe, by the digest of its bytes. With `with_face` a face is looked for too."""

    digest: Digest
    with_face: bool = False

    @property
    def item(self) -> str:
        """What a unit calls it."""
        return self.digest + _FACE_MARK * self.with_face


def parse_wanted(item: str) -> Wanted:
    """What a unit's item names."""
    return Wanted(digest=Digest(item.removesuffix(_FACE_MARK)), with_face=item.endswith(_FACE_MARK))


def probe_inputs(*, with_face: bool) -> dict[str, Json]:
    """What the key of a probe depends on beside the file's bytes."""
    return {"decode": DECODE_SPEC, "faces": FACES_SPEC.to_json()} if with_face else {"decode": DECODE_SPEC}


def encode_probe(probe: Probe) -> bytes:
    """As a cache row holds it."""
    if isinstance(probe, NoPicture):
        return canonical_bytes({"reason": probe.reason, "detail": probe.detail})
    fields: dict[str, Json] = {
        "format": probe.format,
        "media_type": probe.media_type,
        "width": probe.width,
        "height": probe.height,
        "rendition": probe.rendition,
    }
    if probe.face is not None:
        fields["face"] = [probe.face.x, probe.face.y, probe.face.width, probe.face.height]
    return canonical_bytes(fields)


def decode_probe(data: bytes) -> Probe:
    """What `encode_probe` was given.

    Raises:
        CorruptionError: it is something else.
    """
    try:
        fields = json.loads(data)
        if "reason" in fields:
            return NoPicture(reason=fields["reason"], detail=fields["detail"])
        rendition = fields["rendition"]
        return Picture(
            format=fields["format"],
            media_type=fields["media_type"],
            width=fields["width"],
            height=fields["height"],
            rendition=None if rendition is None else parse_digest(rendition),
            face=_face(fields.get("face")),
        )
    except (ValueError, KeyError, TypeError, InvalidInputError) as error:
        raise CorruptionError("a remembered probe can't be read; delete its shard and bake again") from error


def _face(numbers: list[int] | None) -> Face | None:
    if numbers is None:
        return None
    x, y, width, height = numbers
    return Face(x=x, y=y, width=width, height=height)
