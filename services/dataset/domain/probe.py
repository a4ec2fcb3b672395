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


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A file that is one. `width`, `height`: upright. `rendition` is None where the file is the picture."""

    format: str
    media_type: str
    width: int
    height: int
    rendition: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPicture:
    """A file that is none, or can't be read: a word to count by, and a sentence for people."""

    reason: str
    detail: str


Probe = Picture | NoPicture


def encode_probe(probe: Probe) -> bytes:
    """As a cache row holds it."""
    if isinstance(probe, NoPicture):
        return canonical_bytes({"reason": probe.reason, "detail": probe.detail})
    return canonical_bytes(
        {
            "format": probe.format,
            "media_type": probe.media_type,
            "width": probe.width,
            "height": probe.height,
            "rendition": probe.rendition,
        }
    )


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
        )
    except (ValueError, KeyError, TypeError, InvalidInputError) as error:
        raise CorruptionError("a remembered probe can't be read; delete its shard and bake again") from error
