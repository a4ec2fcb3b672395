"""What probing a file gives, and the key that it is remembered by."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import CorruptionError, InvalidInputError
from services.dataset.domain.decoding import PLAIN, Decoding
from services.dataset.domain.pixel_rules import Box

PROBE_KIND = "probe"
PROBE_REVISION = 2


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
class Trimmed:
    """What a border was cut off: what is left, in the upright picture of `width` x `height` px."""

    box: Box
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of a file: the only one, or a frame, a page.

    Args:
        width, height: upright, without the border that was cut off.
        rendition: None where the file is the picture.
        face: the largest, None where there is none or nobody looked.
        part: which frame or page of the file, from 0.
        trimmed: None where nothing was cut off.
        mask: a grey PNG of its size, 255 where it counts in full; None where all of it does.
        thumbnail: a JPEG of at most 256 px.
        phash, dhash: 16 hex digits each (`domain/looks.py`), empty where nobody looked.
        sharpness: the variance of the Laplacian.
    """

    format: str
    media_type: str
    width: int
    height: int
    rendition: Digest | None
    face: Face | None = None
    part: int = 0
    trimmed: Trimmed | None = None
    mask: Digest | None = None
    thumbnail: Digest | None = None
    phash: str = ""
    dhash: str = ""
    sharpness: float = 0.0

    @property
    def blobs(self) -> list[Digest]:
        """What was stored of it beside the file."""
        return [digest for digest in (self.rendition, self.mask, self.thumbnail) if digest is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPicture:
    """A file, or a part of one, that is none or can't be read: a word to count by, a sentence for people."""

    reason: str
    detail: str
    part: int = 0


Probe = Picture | NoPicture
Probed: TypeAlias = tuple[Probe, ...]  # a file's parts in order, at least one


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file to probe, by the digest of its bytes, and what is to be taken out of it."""

    digest: Digest
    decoding: Decoding = PLAIN

    @property
    def item(self) -> str:
        """What a unit calls it: the digest, and what differs from the plain decoding."""
        own, usual = _texts(self.decoding), _texts(PLAIN)
        return ",".join([self.digest, *(f"{key}={own[key]}" for key in own if own[key] != usual[key])])


def parse_wanted(item: str) -> Wanted:
    """What a unit's item names."""
    digest, *pairs = item.split(",")
    texts = _texts(PLAIN) | dict(pair.split("=", 1) for pair in pairs)
    decoding = Decoding(
        background=texts["on"],
        with_mask=texts["mask"] == "yes",
        frames=None if texts["frames"] == "all" else int(texts["frames"]),
        fuzz=None if texts["trim"] == "no" else float(texts["trim"]),
        with_face=texts["face"] == "yes",
    )
    return Wanted(digest=Digest(digest), decoding=decoding)


def probe_inputs(decoding: Decoding) -> dict[str, Json]:
    """What the key of a probe depends on beside the file's bytes."""
    faces = {"faces": FACES_SPEC.to_json()} if decoding.with_face else {}
    return {"decode": decoding.to_json(), **faces}


def encode_probe(parts: Sequence[Probe]) -> bytes:
    """A file's parts as a cache row holds them."""
    return canonical_bytes([_part_json(part) for part in parts])


def decode_probe(data: bytes) -> Probed:
    """What `encode_probe` was given.

    Raises:
        CorruptionError: it is something else.
    """
    return decode_probes([data])[0]


def decode_probes(rows: Sequence[bytes]) -> list[Probed]:
    """The same of many, read as one text, which is faster.

    Raises:
        CorruptionError: one of them is something else.
    """
    try:
        found = [tuple(map(_part, parts)) for parts in json.loads(b"[" + b",".join(rows) + b"]")]
    except (ValueError, KeyError, TypeError, InvalidInputError) as error:
        raise CorruptionError("a remembered probe can't be read; delete its shard and bake again") from error
    if len(found) != len(rows) or not all(found):
        raise CorruptionError("a remembered probe is empty; delete its shard and bake again")
    return found


def _texts(decoding: Decoding) -> dict[str, str]:
    return {
        "on": decoding.background,
        "mask": "yes" if decoding.with_mask else "no",
        "frames": "all" if decoding.frames is None else str(decoding.frames),
        "trim": "no" if decoding.fuzz is None else f"{decoding.fuzz:g}",
        "face": "yes" if decoding.with_face else "no",
    }


def _part_json(part: Probe) -> Json:
    if isinstance(part, NoPicture):
        return {"reason": part.reason, "detail": part.detail, "part": part.part}
    fields: dict[str, Json] = {
        "format": part.format,
        "media_type": part.media_type,
        "width": part.width,
        "height": part.height,
        "rendition": part.rendition,
        "part": part.part,
        "mask": part.mask,
        "thumbnail": part.thumbnail,
        "phash": part.phash,
        "dhash": part.dhash,
        "sharpness": f"{part.sharpness:.3f}",
    }
    if (face := part.face) is not None:
        fields["face"] = [face.x, face.y, face.width, face.height]
    if (trimmed := part.trimmed) is not None:
        box = trimmed.box
        fields["trimmed"] = [box.x, box.y, box.width, box.height, trimmed.width, trimmed.height]
    return fields


def _part(fields: Mapping[str, Any]) -> Probe:
    if "reason" in fields:
        return NoPicture(reason=fields["reason"], detail=fields["detail"], part=fields["part"])
    return Picture(
        format=fields["format"],
        media_type=fields["media_type"],
        width=fields["width"],
        height=fields["height"],
        rendition=_digest(fields["rendition"]),
        face=_face(fields.get("face")),
        part=fields["part"],
        trimmed=_trimmed(fields.get("trimmed")),
        mask=_digest(fields["mask"]),
        thumbnail=_digest(fields["thumbnail"]),
        phash=fields["phash"],
        dhash=fields["dhash"],
        sharpness=float(fields["sharpness"]),
    )


def _digest(text: str | None) -> Digest | None:
    return None if text is None else parse_digest(text)


def _face(numbers: list[int] | None) -> Face | None:
    if numbers is None:
        return None
    x, y, width, height = numbers
    return Face(x=x, y=y, width=width, height=height)


def _trimmed(numbers: list[int] | None) -> Trimmed | None:
    if numbers is None:
        return None
    x, y, width, height, all_width, all_height = numbers
    return Trimmed(box=Box(x=x, y=y, width=width, height=height), width=all_width, height=all_height)
