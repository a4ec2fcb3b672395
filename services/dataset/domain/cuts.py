"""Where buckets are cut out of resized pictures."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from services.dataset.domain.draws import Draws
from services.dataset.domain.rules import CropStyle
from services.dataset.domain.sizes import BoolArray, FloatArray, IntArray, Sizes


class CropBy(StrEnum):
    """What decided where a picture was cut."""

    CENTER = "center"
    CORNER = "corner"
    RANDOM = "random"
    FACE = "face"
    RANDOM_NO_FACE = "random_no_face"


CROPS_BY = tuple(CropBy)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cuts:
    """The upper left corners in the resized pictures, (n,) each, and by what: places in `CROPS_BY`."""

    left: IntArray
    top: IntArray
    by: NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Room:
    """What is cut out of what. `wanted` are the rows whose place counts: the others' may be any."""

    originals: Sizes
    resized: Sizes
    target: Sizes
    wanted: BoolArray


def cut(room: Room, style: CropStyle, draws: Draws, faces: FloatArray | None = None) -> Cuts:
    """The cuts of a style.

    Args:
        room: (n,) sizes; `resized` covers `target` in the rows that are wanted.
        style: the entry's.
        draws: n of them, for what is random.
        faces: (n, 2) x and y of the largest face's middle in the upright picture, in pixels of
            `originals`; NaN where there is none. None: nobody looked, which is as good as no face.
    """
    spare_x = room.resized.width - room.target.width
    spare_y = room.resized.height - room.target.height
    if style is CropStyle.CENTER:
        return _cuts(spare_x // 2, spare_y // 2, CropBy.CENTER)
    if style is CropStyle.CORNER:
        return _cuts(np.zeros_like(spare_x), np.zeros_like(spare_y), CropBy.CORNER)
    if style is CropStyle.RANDOM:
        return _random(spare_x, spare_y, room.wanted, draws)
    return _at_faces(room, draws, faces)


def _random(spare_x: IntArray, spare_y: IntArray, wanted: BoolArray, draws: Draws) -> Cuts:
    found = _cuts(np.zeros_like(spare_x), np.zeros_like(spare_y), CropBy.RANDOM)
    for name, spare, at in (("left", spare_x, found.left), ("top", spare_y, found.top)):
        rows = np.flatnonzero(wanted & (spare > 0))
        at[rows] = draws.below(spare[rows] + 1, name, rows)
    return found


def _at_faces(room: Room, draws: Draws, faces: FloatArray | None) -> Cuts:
    """The face in the middle, as far as the picture goes; by chance where there is none."""
    middle = np.full((len(room.originals), 2), np.nan) if faces is None else faces
    is_faceless: BoolArray = np.isnan(middle[:, 0])
    spare_x = room.resized.width - room.target.width
    spare_y = room.resized.height - room.target.height
    drawn = _random(spare_x, spare_y, room.wanted & is_faceless, draws)
    x, y = np.where(is_faceless[:, None], 0.0, middle).T
    x = x * room.resized.width / room.originals.width - room.target.width / 2
    y = y * room.resized.height / room.originals.height - room.target.height / 2
    return Cuts(
        left=np.where(is_faceless, drawn.left, _within(x, spare_x)),
        top=np.where(is_faceless, drawn.top, _within(y, spare_y)),
        by=np.where(is_faceless, CROPS_BY.index(CropBy.RANDOM_NO_FACE), CROPS_BY.index(CropBy.FACE)).astype(
            np.int8
        ),
    )


def _within(at: FloatArray, spare: IntArray) -> IntArray:
    return np.clip(np.rint(at).astype(np.int64), 0, np.maximum(spare, 0))


def _cuts(left: IntArray, top: IntArray, by: CropBy) -> Cuts:
    return Cuts(left=left, top=top, by=np.full(len(left), CROPS_BY.index(by), dtype=np.int8))
