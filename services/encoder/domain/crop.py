"""What is cut out of a picture, and the batches and units that crops are encoded in. Pure.

A batch has one size and is fixed in the plan: what shares a batch with a picture changes its last bits.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bakehouse.digest import Digest

FILTER = "lanczos"
LATENT_REVISION = 1  # of reading, resizing, cutting and encoding a picture

MAX_BATCH_ITEMS = 16
MAX_BATCH_PIXELS = 1 << 20  # a VAE of Stable Diffusion takes about 1.5 GB for a megapixel


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """A picture resized to `resize_width` x `resize_height`, then cut to `width` x `height` at `x`, `y`.

    `key` names what comes out of the encoder for ever. `flip`: mirrored left to right, after cutting.
    """

    key: Digest
    picture: Digest
    resize_width: int
    resize_height: int
    x: int
    y: int
    width: int
    height: int
    flip: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentUnit:
    """Crops in the batches that they are encoded in."""

    batches: tuple[tuple[Crop, ...], ...]


def cut_units(crops: Iterable[Crop], *, unit_items: int) -> Iterator[LatentUnit]:
    """The crops in units of about `unit_items`, holding less than that many of each size.

    A unit has batches of one size, but for those at the end, which take what is left of all sizes.
    """
    waiting: defaultdict[tuple[int, int], list[Crop]] = defaultdict(list)
    for crop in crops:
        size = crop.width, crop.height
        waiting[size].append(crop)
        if len(waiting[size]) >= unit_items + -unit_items % batch_items(*size):
            yield LatentUnit(batches=tuple(_batches(waiting.pop(size))))
    batches: list[tuple[Crop, ...]] = []
    for _, rest in sorted(waiting.items()):
        for batch in _batches(rest):
            batches.append(batch)
            if sum(map(len, batches)) >= unit_items:
                yield LatentUnit(batches=tuple(batches))
                batches = []
    if batches:
        yield LatentUnit(batches=tuple(batches))


def batch_items(width: int, height: int) -> int:
    """How many crops of a size are encoded at once."""
    return max(1, min(MAX_BATCH_ITEMS, MAX_BATCH_PIXELS // (width * height)))


def _batches(crops: Sequence[Crop]) -> Iterator[tuple[Crop, ...]]:
    """Crops of one size, batch by batch."""
    remaining = iter(crops)
    while batch := tuple(islice(remaining, batch_items(crops[0].width, crops[0].height))):
        yield batch
