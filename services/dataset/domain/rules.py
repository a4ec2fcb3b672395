"""The rules by which the pictures of an entry are bucketed, in one unit: values, and the checks on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bakehouse.dataset_config.entry_checks import MOST_STRETCH
from bakehouse.errors import InvalidInputError

MAX_STRETCH = MOST_STRETCH  # no edge before the cut is longer than so many times the longer one after it
MAX_EDGE = 100_000  # nor than this, in pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def ratio(self) -> float:
        """Width by height."""
        return self.width / self.height

    @property
    def area(self) -> int:
        """Pixels in all."""
        return self.width * self.height

    def covers(self, other: "Size") -> bool:
        """Whether `other` can be cut out of it."""
        return self.width >= other.width and self.height >= other.height


class CropStyle(StrEnum):
    """Where the bucket's rectangle is cut out of the resized picture."""

    RANDOM = "random"
    CENTER = "center"
    CORNER = "corner"
    FACE = "face"


class CropAspect(StrEnum):
    """Which shape a cropped picture gets."""

    SQUARE = "square"
    PRESERVE = "preserve"
    CLOSEST = "closest"
    RANDOM = "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class AspectChoice:
    """A shape that a picture may be cropped to, width by height, and how often `random` draws it."""

    aspect: float
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.aspect < 100:
            raise InvalidInputError(
                f"crop_aspect_buckets: {self.aspect} is no width by height; give 0.01 to 99"
            )
        if not self.weight > 0:
            raise InvalidInputError(
                f"crop_aspect_buckets: weight {self.weight}; give more than 0, or leave it out"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class KohyaRules:
    """How kohya's code buckets: all of it in pixels, `width` and `height` those of its resolution.

    The limits are those that count: multiples of `steps`. Without `enable_bucket` there
    is one bucket, the resolution itself.
    """

    width: int
    height: int
    minimum: int = 256
    maximum: int = 1024
    steps: int = 64
    no_upscale: bool = False
    enable_bucket: bool = True

    @property
    def area(self) -> int:
        """The most pixels that a bucket has."""
        return self.width * self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How an entry's pictures are resized, cropped and left out.

    Lengths are megapixels (1e6 pixels) where `in_area`, else pixels of the shorter edge. 0, None: no limit.
    `aspect_map` has sizes by the rounded ratio of what would be computed in their place. With `kohya`, sizes
    are its affair; limits and the place of the cut are as ever.
    """

    in_area: bool
    resolution: float
    minimum: float = 0.0
    maximum: float | None = None
    downsample: float | None = None
    minimum_aspect: float = 0.0
    maximum_aspect: float = 0.0
    crop: bool = False
    crop_style: CropStyle = CropStyle.RANDOM
    crop_aspect: CropAspect = CropAspect.SQUARE
    choices: tuple[AspectChoice, ...] = ()
    max_upscale: float | None = None
    alignment: int = 64
    rounding: int = 2
    maximum_area: int | None = None
    aspect_map: Mapping[float, Size] = field(default_factory=dict)
    kohya: KohyaRules | None = None

    @property
    def aspect(self) -> CropAspect:
        """The shape that is asked for: a picture that isn't cropped keeps its own."""
        return self.crop_aspect if self.crop else CropAspect.PRESERVE
